/*
 * The sender of `pnpm bench:queue`.
 *
 *   traffic flood SECONDS RATE     UDP packets of 10,000 flows, which the kernel cuts from larger ones, RATE a second (0: as fast as the queue takes them)
 *   traffic ping COUNT             one packet at a time to a socket of its own over loopback
 *
 * flood prints {"sent": n, "refused": n, "seconds": s}; ping prints {"p50": ns, "p99": ns}.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SEGMENTS = 16, FLOWS = 10000, PAYLOAD = 32, WARM_UP = 20000 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* One call of sendmsg: SEGMENTS packets of flow n, 10.1.0.0/16 to 10.2.0.0/24 and 40 ports, as policies.ts spreads its pods. */
struct burst {
	struct sockaddr_in to;
	struct iovec iov;
	union {
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr align;
	} control;
};

static void prepare(struct burst *burst, struct msghdr *message, unsigned int n)
{
	static char payload[SEGMENTS * PAYLOAD];
	burst->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(1000 + n % 40), .sin_addr.s_addr = htonl(0x0a020000 | n % 100) };
	burst->iov = (struct iovec){ payload, sizeof payload };
	*message = (struct msghdr){ .msg_name = &burst->to, .msg_namelen = sizeof burst->to, .msg_iov = &burst->iov, .msg_iovlen = 1,
				    .msg_control = &burst->control, .msg_controllen = sizeof burst->control };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(message);
	struct in_pktinfo source = { .ipi_spec_dst.s_addr = htonl(0x0a010000 | n * 7 % 65536) };
	*cmsg = (struct cmsghdr){ .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof source) };
	memcpy(CMSG_DATA(cmsg), &source, sizeof source);
	uint16_t size = PAYLOAD;
	cmsg = CMSG_NXTHDR(message, cmsg);
	*cmsg = (struct cmsghdr){ .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof size) };
	memcpy(CMSG_DATA(cmsg), &size, sizeof size);
}

static int flood(double seconds, double rate)
{
	static struct burst bursts[FLOWS];
	static struct mmsghdr messages[FLOWS];
	/* Without a rate the send buffer bounds the packets in flight, so the sender adapts to the queue; with one it must never block. */
	int size = rate > 0 ? 256 << 20 : 208 << 10;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0) die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0) die("SO_SNDBUFFORCE");
	for (int i = 0; i < FLOWS; i++) prepare(&bursts[i], &messages[i].msg_hdr, i);
	unsigned long sent = 0, refused = 0;
	double start = now(), t = start;
	for (unsigned int at = 0; t - start < seconds; t = now()) {
		if (rate > 0 && sent + refused > (t - start) * rate) continue;
		/* EPERM is netfilter's way to say that the queue was full. */
		if (sendmsg(fd, &messages[at].msg_hdr, 0) >= 0) sent += SEGMENTS;
		else if (errno == EPERM || errno == ENOBUFS) refused += SEGMENTS;
		else die("sendmsg");
		at = (at + 1) % FLOWS;
	}
	printf("{\"sent\": %lu, \"refused\": %lu, \"seconds\": %.6f}\n", sent, refused, t - start);
	return 0;
}

static int ascending(const void *a, const void *b)
{
	return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

static int ping(int count)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), *times = malloc(count * sizeof *times);
	struct sockaddr_in self = { .sin_family = AF_INET, .sin_port = htons(7), .sin_addr.s_addr = htonl(0x0a020001) };
	struct timeval patience = { .tv_sec = 1 };
	char payload[PAYLOAD] = { 0 };
	if (fd < 0 || bind(fd, (void *)&self, sizeof self) < 0 || connect(fd, (void *)&self, sizeof self) < 0) die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0) die("SO_RCVTIMEO");
	for (int i = -WARM_UP; i < count; i++) {
		double start = now();
		if (send(fd, payload, sizeof payload, 0) < 0) die("send");
		if (recv(fd, payload, sizeof payload, 0) < 0) die("recv");
		if (i >= 0) times[i] = (now() - start) * 1e9;
	}
	qsort(times, count, sizeof *times, ascending);
	printf("{\"p50\": %d, \"p99\": %d}\n", times[count / 2], times[(long)count * 99 / 100]);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "flood") == 0) return flood(atof(argv[2]), atof(argv[3]));
	if (argc == 3 && strcmp(argv[1], "ping") == 0) return ping(atoi(argv[2]));
	return fprintf(stderr, "usage: traffic flood SECONDS RATE | ping COUNT\n"), 2;
}
