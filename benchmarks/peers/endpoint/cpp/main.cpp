// The C library's inet_pton with the splitting that an endpoint needs around it: prints
// "parser, corpus, nanoseconds per row (median slice of 20,000 rows), 0".
#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <time.h>
#include <vector>

struct endpoint {
    unsigned char address[16];
    unsigned scope;
    unsigned short port;
};

static bool number(std::string_view text, unsigned limit, unsigned &value) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value <= limit;
}

static bool parse(std::string_view text, endpoint &result) {
    size_t colon = text.rfind(':');
    unsigned port;
    if (colon == text.npos || !number(text.substr(colon + 1), 65535, port))
        return false;
    result.port = static_cast<unsigned short>(port);
    result.scope = 0;
    std::string_view host = text.substr(0, colon);
    char copy[64];
    bool six = !host.empty() && host.front() == '[';
    if (six) {
        if (host.back() != ']')
            return false;
        host = host.substr(1, host.size() - 2);
        size_t percent = host.find('%');
        if (percent != host.npos) {
            if (!number(host.substr(percent + 1), 0xffffffff, result.scope))
                return false;
            host = host.substr(0, percent);
        }
    }
    if (host.size() >= sizeof copy)
        return false;
    memcpy(copy, host.data(), host.size());
    copy[host.size()] = 0;
    return inet_pton(six ? AF_INET6 : AF_INET, copy, result.address) == 1;
}

[[gnu::noinline]] static unsigned long work(const std::string_view *rows, size_t count) {
    unsigned long sum = 0;
    for (size_t i = 0; i < count; i++) {
        endpoint result;
        if (!parse(rows[i], result))
            abort();
        sum += result.port;
    }
    return sum;
}

// The processor time of this thread in nanoseconds.
static double thread_time() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int, char **arguments) {
    constexpr size_t slice = 20000;
    for (const char *name : {"a", "b", "c", "d", "ds"}) {
        std::ifstream file(std::string(arguments[1]) + "/" + name + ".txt");
        std::string text((std::istreambuf_iterator<char>(file)), {});
        std::vector<std::string_view> rows;
        for (size_t start = 0, end; (end = text.find('\n', start)) != text.npos; start = end + 1)
            rows.emplace_back(text.data() + start, end - start);
        unsigned long sum = 0;
        for (int i = 0; i < 5; i++)
            sum += work(rows.data(), slice);
        std::vector<double> slices;
        for (size_t i = 0; i + slice <= rows.size(); i += slice) {
            double start = thread_time();
            sum += work(rows.data() + i, slice);
            slices.push_back((thread_time() - start) / slice);
        }
        std::sort(slices.begin(), slices.end());
        if (sum == 0)
            return 1;
        printf("C++ inet_pton and from_chars utf8\t%s\t%.2f\t0\n", name, slices[slices.size() / 2]);
    }
}
