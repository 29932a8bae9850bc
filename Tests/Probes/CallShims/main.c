// Makes each system call that the shims can make in place, with success and with failure, and prints what it returned;
// Scripts/check-calls.sh compares that between the two ways of calling, and between processors.

#define _GNU_SOURCE

#include "CMetalSystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

static void print_result(const char *call, long result) { printf("%s: %ld\n", call, result); }

static void require(const char *what, int holds) {
  if (holds) return;
  fprintf(stderr, "call-shims: %s\n", what);
  exit(1);
}

static struct iovec part(void *bytes, size_t size) { return (struct iovec){.iov_base = bytes, .iov_len = size}; }

static void move_bytes(void) {
  struct metal_pair pair;
  char received[8] = {0};
  require("no pair", metal_socketpair(SOCK_STREAM | SOCK_NONBLOCK, &pair) == 0);
  int first = pair.fds[0], second = pair.fds[1];
  print_result("recv, nothing there", metal_recv(first, received, sizeof received, 0));
  print_result("send", metal_send(second, "abcdef", 6, MSG_NOSIGNAL, NULL, 0));
  print_result("recv, peeking", metal_recv(first, received, 2, MSG_PEEK));
  print_result("recv", metal_recv(first, received, 3, 0));
  print_result("read", metal_read(first, received + 3, 2));
  require("bytes differ", memcmp(received, "abcde", 5) == 0);
  print_result("write", metal_write(second, "gh", 2));
  print_result("pwritev2", metal_pwritev2_one(second, "", 0, 0));
  struct iovec in[] = {part(received, 1), part(received + 1, 7)};
  print_result("readv", metal_readv(first, in, 2));
  require("parts differ", memcmp(received, "fgh", 3) == 0);
  struct iovec out[] = {part("i", 1), part("jk", 2)};
  print_result("writev", metal_writev(second, out, 2));
  print_result("sendmsg", metal_sendmsg(second, out, 2, MSG_NOSIGNAL, NULL, 0));
  print_result("recv", metal_recv(first, received, sizeof received, 0));
  require("messages differ", memcmp(received, "ijkijk", 6) == 0);
  print_result("close", metal_close(first));
  print_result("send, nobody there", metal_send(second, "x", 1, MSG_NOSIGNAL, NULL, 0));
  print_result("recv, the end", metal_recv(second, received, sizeof received, 0));
  print_result("close", metal_close(second));
  print_result("close, again", metal_close(second));
  print_result("send, closed", metal_send(second, "x", 1, MSG_NOSIGNAL, NULL, 0));
  print_result("read, closed", metal_read(second, received, 1));
  print_result("write, closed", metal_write(second, "x", 1));
  print_result("readv, closed", metal_readv(second, in, 2));
  print_result("writev, closed", metal_writev(second, out, 2));
  print_result("pwritev2, closed", metal_pwritev2(second, out, 2, 0));
  print_result("sendmsg, closed", metal_sendmsg(second, out, 2, MSG_NOSIGNAL, NULL, 0));
}

static int bound_socket(int kind, struct metal_ip_address *address) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = metal_socket(AF_INET, kind | SOCK_NONBLOCK | SOCK_CLOEXEC), length = sizeof *address;
  require("no socket", fd >= 0 && metal_bind(fd, &any, sizeof any) == 0);
  require("no name", metal_local_address(fd, address, &length) == 0);
  return fd;
}

static void move_datagrams(void) {
  struct metal_ip_address address, sender;
  int fd = bound_socket(SOCK_DGRAM, &address);
  char received[8];
  int flags = 0, length = sizeof sender;
  print_result("recvmsg, nothing there", metal_recvmsg_one(fd, received, 2, &flags, &sender, &length));
  struct iovec nothing = part("", 0);
  print_result("sendmsg to", metal_sendmsg(fd, &nothing, 1, MSG_NOSIGNAL, &address, METAL_IP_ADDRESS_LENGTH_V4));
  print_result("recvmsg, empty", metal_recvmsg_one(fd, received, 2, &flags, &sender, &length));
  print_result("sendto", metal_send(fd, "abc", 3, MSG_NOSIGNAL, &address, METAL_IP_ADDRESS_LENGTH_V4));
  flags = 0, length = sizeof sender;
  print_result("recvmsg, cut off", metal_recvmsg_one(fd, received, 2, &flags, &sender, &length));
  printf("flags %d, address of %d bytes\n", flags & MSG_TRUNC, length);
  require("another sender", memcmp(&sender, &address, (size_t)length) == 0);
  print_result("close", metal_close(fd));
  print_result("sendto, closed", metal_send(fd, "abc", 3, MSG_NOSIGNAL, &address, METAL_IP_ADDRESS_LENGTH_V4));
}

static void accept_connections(void) {
  struct metal_ip_address address, peer;
  int length = sizeof peer;
  int listener = bound_socket(SOCK_STREAM, &address);
  require("not listening", metal_listen(listener, 1) == 0);
  print_result("accept4, nobody there", metal_accept4(listener, &peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  int client = metal_socket(AF_INET, SOCK_STREAM);
  require("not connected", metal_connect(client, &address, METAL_IP_ADDRESS_LENGTH_V4) == 0);
  int accepted = metal_accept4(listener, &peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  require("not accepted", accepted >= 0 && metal_local_address(client, &address, &length) == 0);
  require("another peer", memcmp(&peer, &address, METAL_IP_ADDRESS_LENGTH_V4) == 0);
  print_result("flags", metal_get_status_flags(accepted) & O_NONBLOCK);
  print_result("setsockopt", metal_set_option(accepted, IPPROTO_TCP, TCP_NODELAY, 1));
  int is_set = 0;
  require("not set", metal_get_option(accepted, IPPROTO_TCP, TCP_NODELAY, &is_set) == 0 && is_set);
  print_result("setsockopt, no socket", metal_set_option(0, IPPROTO_TCP, TCP_NODELAY, 1));
  print_result("close", metal_close(accepted) | metal_close(client) | metal_close(listener));
}

static void accept_unix_connections(void) {
  struct metal_unix_address address = metal_unnamed_address(), peer;
  int listener = metal_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
  int client = metal_socket(AF_UNIX, SOCK_STREAM);
  // Without a name the system gives one.
  require("no listener", metal_bind(listener, &address, METAL_UNIX_PATH_OFFSET) == 0 && metal_listen(listener, 1) == 0);
  int length = sizeof address, peer_length = sizeof peer;
  require("no name", metal_local_address(listener, &address, &length) == 0);
  print_result("accept4, nobody there", metal_accept4(listener, &peer, &peer_length, SOCK_CLOEXEC));
  require("not connected", metal_connect(client, &address, length) == 0);
  int accepted = metal_accept4(listener, &peer, &peer_length, SOCK_CLOEXEC);
  require("not accepted", accepted >= 0);
  print_result("length of a client without a name", peer_length);
  print_result("close", metal_close(accepted) | metal_close(client) | metal_close(listener));
}

/// Emulators may do without epoll_pwait2, as older systems do.
static long wait_finely(int queue, struct metal_epoll_event *events, int capacity) {
  long result = metal_epoll_pwait2(queue, events, capacity, 1000000);
  if (result != -ENOSYS) return result;
  print_result("epoll_pwait2", result);
  return metal_epoll_wait(queue, events, capacity, 1);
}

static void wait_for_events(void) {
  struct metal_epoll_event events[2] = {0};
  int queue = metal_epoll_create(), bell = metal_eventfd();
  require("no queue", queue >= 0 && bell >= 0);
  print_result("epoll_ctl, add", metal_epoll_ctl(queue, EPOLL_CTL_ADD, bell, METAL_EPOLLIN | METAL_EPOLLET, 7));
  print_result("epoll_ctl, add again", metal_epoll_ctl(queue, EPOLL_CTL_ADD, bell, METAL_EPOLLIN, 7));
  print_result("epoll_wait, nothing", metal_epoll_wait(queue, events, 2, 0));
  print_result("epoll_pwait2, nothing", wait_finely(queue, events, 2));
  print_result("eventfd, add", metal_eventfd_add(bell, 1));
  print_result("epoll_wait", metal_epoll_wait(queue, events, 2, -1));
  require("another event", events[0].token == 7 && events[0].events == METAL_EPOLLIN);
  print_result("epoll_ctl, modify", metal_epoll_ctl(queue, EPOLL_CTL_MOD, bell, METAL_EPOLLIN | METAL_EPOLLET, 9));
  print_result("epoll_pwait2", wait_finely(queue, events, 2));
  require("another token", events[0].token == 9);
  print_result("eventfd, reset", metal_eventfd_reset(bell));
  print_result("eventfd, reset again", metal_eventfd_reset(bell));
  print_result("epoll_ctl, delete", metal_epoll_ctl_delete(queue, bell));
  print_result("epoll_ctl, delete again", metal_epoll_ctl_delete(queue, bell));
  print_result("epoll_wait, no room", metal_epoll_wait(queue, events, 0, 0));
  print_result("close", metal_close(bell) | metal_close(queue));
  print_result("epoll_wait, closed", metal_epoll_wait(queue, events, 2, 0));
}

int main(void) {
  // To the standard error, since it is what the two ways differ in.
  fprintf(stderr, "  calls %s\n", METAL_CALLS_IN_PLACE ? "in place" : "through libc");
  move_bytes();
  move_datagrams();
  accept_connections();
  accept_unix_connections();
  wait_for_events();
  return 0;
}
