// A busy server: processes that listen, and connections between them.
//   load PROCESSES LISTENERS CONNECTIONS [CGROUP]
// LISTENERS and CONNECTIONS are totals; a connection is two sockets, one in each of two neighbours. Process i listens on
// 127.1.(i / 250).(i % 250 + 1), ports 10000 and up. With CGROUP, an existing group of version 2, process i sits in CGROUP/i.
// Prints "ready" when all is there, and ends when its standard input does. Run it in a network namespace of its own.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int processes, listeners, connections;   // per process, the last two
static const char *group;
static _Atomic int *stage;                      // how many processes are through with each stage

static void fail(const char *what) {
  perror(what);
  _exit(1);
}

static struct sockaddr_in endpoint(int process, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(0x7f010001 + (process / 250 << 8) + process % 250);
  return address;
}

static void join_group(int process) {
  char path[512], id[16];
  snprintf(path, sizeof path, "%s/%d", group, process);
  if (mkdir(path, 0755) != 0 && access(path, W_OK) != 0) fail(path);
  strncat(path, "/cgroup.procs", sizeof path - strlen(path) - 1);
  int file = open(path, O_WRONLY);
  int length = snprintf(id, sizeof id, "%d", getpid());
  if (file < 0 || write(file, id, length) != length) fail(path);
  close(file);
}

static void everyone(int number) {
  atomic_fetch_add(&stage[number], 1);
  while (atomic_load(&stage[number]) < processes) usleep(1000);
}

static void serve(int process) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (group) join_group(process);
  int *listening = calloc(listeners, sizeof *listening);
  for (int i = 0; i < listeners; i++) {
    struct sockaddr_in local = endpoint(process, 10000 + i);
    listening[i] = socket(AF_INET, SOCK_STREAM, 0);
    // What an earlier load left in TIME_WAIT is no obstacle.
    int one = 1;
    setsockopt(listening[i], SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (listening[i] < 0 || bind(listening[i], (void *)&local, sizeof local) || listen(listening[i], 1024)) fail("listen");
  }
  everyone(0);
  // In turns of one backlog: nobody waits for a neighbour that waits.
  for (int done = 0; done < connections;) {
    int turn = connections - done < 512 ? connections - done : 512;
    for (int i = 0; i < turn; i++) {
      struct sockaddr_in peer = endpoint((process + 1) % processes, 10000 + (done + i) % listeners);
      int client = socket(AF_INET, SOCK_STREAM, 0);
      if (client < 0 || connect(client, (void *)&peer, sizeof peer)) fail("connect");
    }
    for (int i = 0; i < turn; i++)
      if (accept(listening[(done + i) % listeners], 0, 0) < 0) fail("accept");
    done += turn;
  }
  everyone(1);
  for (;;) pause();
}

int main(int count, char **arguments) {
  if (count < 4) return fprintf(stderr, "load PROCESSES LISTENERS CONNECTIONS [CGROUP]\n"), 2;
  processes = atoi(arguments[1]);
  listeners = atoi(arguments[2]) / processes;
  connections = atoi(arguments[3]) / processes;
  group = count > 4 && arguments[4][0] ? arguments[4] : NULL;
  if (processes < 1 || listeners < 1 || connections < 0) return fprintf(stderr, "a listener for each process\n"), 2;
  struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
  setrlimit(RLIMIT_NOFILE, &limit);
  stage = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < processes; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) serve(i);
  }
  while (atomic_load(&stage[1]) < processes) {
    if (waitpid(-1, NULL, WNOHANG) > 0) return fprintf(stderr, "a process ended\n"), 1;
    usleep(5000);
  }
  puts("ready");
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) { }
  return 0;   // which ends the others: PR_SET_PDEATHSIG
}
