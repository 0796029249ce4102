// The floor of finding one listener's owner by its control group: what the library asks the kernel, asked by C.
//   lookup PROCESSES LISTENERS      prints the median in milliseconds, over one listener of each process of load.c
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_PORT = 10000, CONTROL_GROUP = 21 /* INET_DIAG_CGROUP_ID */, KERNEL_FILE_SYSTEM = 0xfe /* FILEID_KERNFS */ };

static char bytes[1 << 16];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

// The kernel's own choice for a connection to that address and port.
static unsigned long group_of(unsigned address, int port) {
  struct {
    struct nlmsghdr header;
    struct inet_diag_req_v2 request;
  } message = {
    { sizeof message, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0 },
    { .sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_ext = 0xff, .idiag_states = -1,
      .id = { .idiag_sport = htons(port), .idiag_src = { htonl(address) }, .idiag_cookie = { -1, -1 } } },
  };
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  send(descriptor, &message, sizeof message, 0);
  if (recv(descriptor, bytes, sizeof bytes, MSG_DONTWAIT | MSG_TRUNC) < 0) fail("recv");
  close(descriptor);
  struct nlmsghdr *answer = (struct nlmsghdr *)bytes;
  if (answer->nlmsg_type == NLMSG_ERROR) fail("nobody listens");
  int length = answer->nlmsg_len - NLMSG_LENGTH(sizeof(struct inet_diag_msg));
  struct rtattr *attribute = (struct rtattr *)((struct inet_diag_msg *)NLMSG_DATA(answer) + 1);
  for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length))
    if (attribute->rta_type == CONTROL_GROUP) return *(unsigned long *)RTA_DATA(attribute);
  fail("no control group");
  return 0;
}

static int read_all(int directory, const char *name, int room) {
  int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
  int length = read(file, bytes, room);
  close(file);
  return length;
}

static int first_process(const char *mount, unsigned long group) {
  struct { unsigned length; int type; unsigned long number; } handle = { sizeof group, KERNEL_FILE_SYSTEM, group };
  int root = open(mount, O_RDONLY | O_CLOEXEC);
  int directory = open_by_handle_at(root, (struct file_handle *)&handle, O_RDONLY | O_CLOEXEC);
  if (directory < 0) fail(mount);
  int length = read_all(directory, "cgroup.procs", 512);
  close(directory);
  close(root);
  return length > 0 ? atoi(bytes) : 0;
}

static void read_process(int process) {
  char path[64], link[64];
  struct statx status;
  snprintf(path, sizeof path, "/proc/%d", process);
  int directory = open(path, O_RDONLY | O_CLOEXEC);
  if (readlinkat(directory, "fd/3", link, sizeof link) < 0) fail(path);
  statx(directory, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status);
  read_all(directory, "stat", 1 << 14);
  read_all(directory, "cgroup", 1 << 14);
  if (readlinkat(directory, "exe", bytes, 4096) < 0) fail("exe");
  close(directory);
}

static int by_value(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

int main(int arguments, char **values) {
  if (arguments != 3) return 2;
  int processes = atoi(values[1]), ports = atoi(values[2]) / processes;
  const char *mount = access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
  double *times = calloc(processes, sizeof *times);
  for (int i = 0; i < processes; i++) {
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    unsigned long group = group_of(0x7f010000 + (i / 250 << 8) + i % 250 + 1, FIRST_PORT + i * ports);
    read_process(first_process(mount, group));
    clock_gettime(CLOCK_MONOTONIC, &end);
    times[i] = (end.tv_sec - begin.tv_sec) * 1e3 + (end.tv_nsec - begin.tv_nsec) / 1e6;
  }
  qsort(times, processes, sizeof *times, by_value);
  printf("floor: a listener's owner by its control group, the calls in C\t%.3f\n", times[processes / 2]);
}
