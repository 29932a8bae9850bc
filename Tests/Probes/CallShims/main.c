// Makes each system call that the shims can make in place, with success and with failure. Scripts/check-calls.sh runs
// this program with calls in place and through libc, and on two processors.

#include "CMetalSystem.h"

#include <stdio.h>
#include <stdlib.h>

#if METAL_CALLS_IN_PLACE == defined(METAL_LIBC_CALLS)
#error "the shims make their calls in the other way"
#endif

#define EXPECT(found, expected) expect(__LINE__, #found, found, expected)

static void expect(int line, const char *what, long found, long expected) {
  // An emulator may lack a call, as older kernels do.
  if (found == expected || (IS_EMULATED && found == -ENOSYS)) return;
  fprintf(stderr, "CallShims/main.c:%d: %s is %ld instead of %ld\n", line, what, found, expected);
  exit(1);
}

static void move_bytes(void) {
  struct metal_pair pair;
  char received[8] = {0};
  EXPECT(metal_socketpair(SOCK_STREAM | SOCK_NONBLOCK, &pair), 0);
  int first = pair.fds[0], second = pair.fds[1];
  struct iovec in[] = {{received, 1}, {received + 1, 7}}, out[] = {{"i", 1}, {"jk", 2}};
  EXPECT(metal_recv(first, received, sizeof received, 0), -EAGAIN);
  EXPECT(metal_send(second, "abcdef", 6, MSG_NOSIGNAL, NULL, 0), 6);
  EXPECT(metal_recv(first, received, 2, MSG_PEEK), 2);
  EXPECT(metal_recv(first, received, 3, 0), 3);
  EXPECT(metal_read(first, received + 3, 2), 2);
  EXPECT(memcmp(received, "abcde", 5), 0);
  EXPECT(metal_write(second, "gh", 2), 2);
  EXPECT(metal_pwritev2_one(second, "", 0, 0), 0);
  EXPECT(metal_readv(first, in, 2), 3);
  EXPECT(memcmp(received, "fgh", 3), 0);
  EXPECT(metal_writev(second, out, 2), 3);
  EXPECT(metal_sendmsg(second, out, 2, MSG_NOSIGNAL, NULL, 0), 3);
  EXPECT(metal_recv(first, received, sizeof received, 0), 6);
  EXPECT(memcmp(received, "ijkijk", 6), 0);
  EXPECT(metal_close(first), 0);
  EXPECT(metal_send(second, "x", 1, MSG_NOSIGNAL, NULL, 0), -EPIPE);
  EXPECT(metal_recv(second, received, sizeof received, 0), 0);
  EXPECT(metal_close(second), 0);
  EXPECT(metal_close(second), -EBADF);
  EXPECT(metal_send(second, "x", 1, MSG_NOSIGNAL, NULL, 0), -EBADF);
  EXPECT(metal_read(second, received, 1), -EBADF);
  EXPECT(metal_write(second, "x", 1), -EBADF);
  EXPECT(metal_readv(second, in, 2), -EBADF);
  EXPECT(metal_writev(second, out, 2), -EBADF);
  EXPECT(metal_pwritev2(second, out, 2, 0), -EBADF);
  EXPECT(metal_sendmsg(second, out, 2, MSG_NOSIGNAL, NULL, 0), -EBADF);
}

// Opens a socket with an address that the kernel chooses. For a Unix-domain socket the kernel takes the family alone, and
// chooses a name that is shorter than an Internet address.
static int bound_socket(int family, int kind, struct sockaddr_in *address, int *length) {
  *address = (struct sockaddr_in){.sin_family = (sa_family_t)family, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = metal_socket(family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC);
  EXPECT(metal_bind(fd, address, family == AF_UNIX ? METAL_UNIX_PATH_OFFSET : METAL_IP_ADDRESS_LENGTH_V4), 0);
  *length = sizeof *address;
  EXPECT(metal_local_address(fd, address, length), 0);
  return fd;
}

// A function in libc's place may fail without saying why, which is no success.
static void fail_without_number(void) {
  errno = 0;
  EXPECT(metal_result(-1), -EIO);
  errno = EINTR;
  EXPECT(metal_result(-1), -EINTR);
}

static void move_datagrams(void) {
  struct sockaddr_in address, sender;
  char received[8];
  int length, flags = 0, sender_length = sizeof sender;
  int fd = bound_socket(AF_INET, SOCK_DGRAM, &address, &length);
  struct iovec nothing = {"", 0};
  EXPECT(metal_recvmsg_one(fd, received, 2, &flags, &sender, &sender_length), -EAGAIN);
  EXPECT(metal_sendmsg(fd, &nothing, 1, MSG_NOSIGNAL, &address, length), 0);
  EXPECT(metal_recvmsg_one(fd, received, 2, &flags, &sender, &sender_length), 0);
  EXPECT(metal_send(fd, "abc", 3, MSG_NOSIGNAL, &address, length), 3);
  flags = 0, sender_length = sizeof sender;
  EXPECT(metal_recvmsg_one(fd, received, 2, &flags, &sender, &sender_length), 2);
  EXPECT(flags & MSG_TRUNC, MSG_TRUNC);
  EXPECT(sender_length, METAL_IP_ADDRESS_LENGTH_V4);
  EXPECT(memcmp(&sender, &address, METAL_IP_ADDRESS_LENGTH_V4), 0);
  EXPECT(metal_close(fd), 0);
  EXPECT(metal_send(fd, "abc", 3, MSG_NOSIGNAL, &address, length), -EBADF);
}

// `client_length` is the length of the client's address: a Unix-domain client has a family and no name.
static void accept_connections(int family, int client_length) {
  struct sockaddr_in address, peer;
  int length, peer_length = sizeof peer, is_set = 0;
  int listener = bound_socket(family, SOCK_STREAM, &address, &length);
  EXPECT(metal_listen(listener, 1), 0);
  EXPECT(metal_accept4(listener, &peer, &peer_length, SOCK_NONBLOCK | SOCK_CLOEXEC), -EAGAIN);
  int client = metal_socket(family, SOCK_STREAM);
  EXPECT(metal_connect(client, &address, length), 0);
  int accepted = (int)metal_accept4(listener, &peer, &peer_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  EXPECT(accepted > client, 1);
  EXPECT(peer_length, client_length);
  EXPECT(metal_local_address(client, &address, &length), 0);
  EXPECT(memcmp(&peer, &address, (size_t)client_length), 0);
  EXPECT(metal_get_status_flags(accepted) & O_NONBLOCK, O_NONBLOCK);
  EXPECT(metal_set_option(accepted, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
  EXPECT(metal_get_option(accepted, SOL_SOCKET, SO_KEEPALIVE, &is_set), 0);
  EXPECT(is_set, 1);
  EXPECT(metal_close(accepted) | metal_close(client) | metal_close(listener), 0);
  EXPECT(metal_set_option(accepted, SOL_SOCKET, SO_KEEPALIVE, 1), -EBADF);
}

static void wait_for_events(void) {
  struct metal_epoll_event events[2] = {0};
  int queue = metal_epoll_create(), bell = metal_eventfd();
  EXPECT(metal_epoll_ctl(queue, EPOLL_CTL_ADD, bell, METAL_EPOLLIN | METAL_EPOLLET, 7), 0);
  EXPECT(metal_epoll_ctl(queue, EPOLL_CTL_ADD, bell, METAL_EPOLLIN, 7), -EEXIST);
  EXPECT(metal_epoll_wait(queue, events, 2, 0), 0);
  EXPECT(metal_epoll_pwait2(queue, events, 2, 1000000), 0);
  EXPECT(metal_eventfd_add(bell, 1), 0);
  EXPECT(metal_epoll_wait(queue, events, 2, -1), 1);
  EXPECT(events[0].token == 7 && events[0].events == METAL_EPOLLIN, 1);
  EXPECT(metal_epoll_ctl(queue, EPOLL_CTL_MOD, bell, METAL_EPOLLIN, 9), 0);
  EXPECT(metal_epoll_wait(queue, events, 2, 0), 1);
  EXPECT((long)events[0].token, 9);
  events[0].token = IS_EMULATED ? 9 : 0;
  EXPECT(metal_epoll_pwait2(queue, events, 2, 1000000), 1);
  EXPECT((long)events[0].token, 9);
  EXPECT(metal_eventfd_reset(bell), 0);
  EXPECT(metal_eventfd_reset(bell), -EAGAIN);
  EXPECT(metal_epoll_ctl_delete(queue, bell), 0);
  EXPECT(metal_epoll_ctl_delete(queue, bell), -ENOENT);
  EXPECT(metal_epoll_wait(queue, events, 0, 0), -EINVAL);
  EXPECT(metal_close(bell) | metal_close(queue), 0);
  EXPECT(metal_epoll_wait(queue, events, 2, 0), -EBADF);
}

int main(void) {
  move_bytes();
  fail_without_number();
  move_datagrams();
  accept_connections(AF_INET, METAL_IP_ADDRESS_LENGTH_V4);
  accept_connections(AF_UNIX, METAL_UNIX_PATH_OFFSET);
  wait_for_events();
  return 0;
}
