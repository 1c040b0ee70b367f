/*
 * Packets for `pnpm bench:agent`. Sockets live in the network namespaces of two pods; the node between them judges.
 *
 *   wire probe CLIENT SERVER FROM TO PORT      one UDP flow, a packet every 50 µs, until stdin ends; prints "pass NS" and
 *                                              "drop NS" (CLOCK_MONOTONIC) when the verdict changes
 *   wire spray CLIENT FROM TO PORT COUNT       the first packets of COUNT UDP flows (up to 50,000)
 *   wire connect ROUNDS BATCH TO PORT {CLIENT SERVER}...
 *                                              TCP connections between pairs of namespaces, in turns; prints a JSON list for
 *                                              each pair: the median of each round, socket to close, in ns
 *
 * CLIENT and SERVER are files of network namespaces, FROM and TO IPv4 addresses.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PERIOD_NS = 50000, RING = 4096, SPRAY_FIRST = 10000, MAX_PAIRS = 16 };
/* So many in a row must be missing: a busy machine delivers late. */
enum { LOST = 64 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) die(netns);
	close(fd);
}

static int socket_in(const char *netns, int type, int protocol)
{
	enter(netns);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, protocol), on = 1;
	if (fd < 0) die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) die("SO_REUSEADDR");
	return fd;
}

static struct sockaddr_in address(const char *text, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	if (inet_pton(AF_INET, text, &to.sin_addr) != 1) die(text);
	return to;
}

static void say(const char *verdict, int64_t at)
{
	printf("%s %lld\n", verdict, (long long)at);
	fflush(stdout);
}

static int probe(char **argv)
{
	static int64_t sent[RING];
	struct sockaddr_in from = address(argv[2], 0), to = address(argv[3], atoi(argv[4]));
	int sender = socket_in(argv[0], SOCK_DGRAM, 0), receiver = socket_in(argv[1], SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (bind(sender, (void *)&from, sizeof from) < 0 || connect(sender, (void *)&to, sizeof to) < 0) die("sender");
	if (bind(receiver, (void *)&to, sizeof to) < 0) die("receiver");
	struct pollfd input = { .fd = 0, .events = POLLIN };
	struct timespec period = { .tv_nsec = PERIOD_NS };
	int passing = 0;
	/* Numbers start at 1: nothing has arrived before. */
	for (int64_t n = 1, arrived = 0, got; poll(&input, 1, 0) == 0; n++) {
		sent[n % RING] = now();
		/* EPERM would be a verdict of the client's own namespace; a full queue is no verdict at all. */
		if (send(sender, &n, sizeof n, 0) < 0 && errno != ECONNREFUSED && errno != ENOBUFS) die("send");
		while (recv(receiver, &got, sizeof got, 0) == sizeof got) {
			if (!passing) say("pass", now());
			passing = 1;
			arrived = got;
		}
		if (passing && n - arrived >= LOST) {
			say("drop", sent[(arrived + 1) % RING]);
			passing = 0;
		}
		nanosleep(&period, NULL);
	}
	return 0;
}

static int spray(char **argv)
{
	struct sockaddr_in from = address(argv[1], 0), to = address(argv[2], 0);
	int fd = socket_in(argv[0], SOCK_RAW, IPPROTO_RAW), port = atoi(argv[3]), count = atoi(argv[4]);
	struct {
		struct iphdr ip;
		struct udphdr udp;
	} packet = { .ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .tot_len = htons(sizeof packet),
			     .saddr = from.sin_addr.s_addr, .daddr = to.sin_addr.s_addr },
		     .udp = { .dest = htons(port), .len = htons(sizeof packet.udp) } };
	for (int i = 0; i < count; i++) {
		packet.udp.source = htons(SPRAY_FIRST + i);
		if (sendto(fd, &packet, sizeof packet, 0, (void *)&to, sizeof to) < 0 && errno != ENOBUFS) die("sendto");
	}
	return 0;
}

static int ascending(const void *a, const void *b)
{
	return *(const int64_t *)a < *(const int64_t *)b ? -1 : *(const int64_t *)a > *(const int64_t *)b;
}

struct pair {
	const char *client;
	int listener;
	int64_t *rounds;
};

static int64_t batch(struct pair *pair, struct sockaddr_in *to, int count, int64_t *times)
{
	struct linger reset = { .l_onoff = 1 };
	enter(pair->client);
	for (int i = 0; i < count; i++) {
		int64_t start = now();
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0) die("socket");
		/* So that no end waits for late packets, and no port is used up. */
		if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) < 0) die("SO_LINGER");
		if (connect(fd, (void *)to, sizeof *to) < 0) die("connect");
		int accepted = accept(pair->listener, NULL, NULL);
		if (accepted < 0) die("accept");
		close(fd);
		close(accepted);
		times[i] = now() - start;
	}
	qsort(times, count, sizeof *times, ascending);
	return times[count / 2];
}

static int connect_all(int pairs, char **argv)
{
	struct pair all[MAX_PAIRS];
	int rounds = atoi(argv[0]), count = atoi(argv[1]);
	struct sockaddr_in to = address(argv[2], atoi(argv[3]));
	int64_t *times = malloc(count * sizeof *times);
	if (pairs > MAX_PAIRS || !times) die("pairs");
	for (int i = 0; i < pairs; i++) {
		all[i] = (struct pair){ argv[4 + 2 * i], socket_in(argv[5 + 2 * i], SOCK_STREAM, 0), malloc(rounds * sizeof(int64_t)) };
		if (bind(all[i].listener, (void *)&to, sizeof to) < 0 || listen(all[i].listener, 64) < 0) die("listen");
		batch(&all[i], &to, count, times);
	}
	/* Each round begins with another pair, so that no place in the order is anybody's. */
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < pairs; i++) {
			struct pair *pair = &all[(i + round) % pairs];
			pair->rounds[round] = batch(pair, &to, count, times);
		}
	for (int i = 0; i < pairs; i++)
		for (int round = 0; round < rounds; round++)
			printf("%s%lld%s", round ? "," : i ? ",[" : "[[", (long long)all[i].rounds[round],
			       round < rounds - 1 ? "" : i < pairs - 1 ? "]" : "]]\n");
	return 0;
}

int main(int argc, char **argv)
{
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (argc == 7 && strcmp(argv[1], "probe") == 0) return probe(argv + 2);
	if (argc == 7 && strcmp(argv[1], "spray") == 0) return spray(argv + 2);
	if (argc >= 8 && argc % 2 == 0 && strcmp(argv[1], "connect") == 0) return connect_all((argc - 6) / 2, argv + 2);
	return fprintf(stderr, "usage: wire probe|spray|connect ...\n"), 2;
}
