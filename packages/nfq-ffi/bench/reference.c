/*
 * The yardstick of `pnpm bench:queue`: a C program that accepts every packet of one NFQUEUE.
 *
 *   reference QUEUE plain     libnetfilter_queue as its manual shows it: one packet per recv, one verdict per send
 *   reference QUEUE batched   recvmmsg of 64 packets, all verdicts joined in one send
 *
 * Runs until SIGTERM, then prints {"packets": n, "cpu_ns": n}. Prototypes are declared here, so that the library's
 * development package is not needed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct nfq_handle;
struct nfq_q_handle;
struct nfq_data;
struct nfgenmsg;
typedef int nfq_callback(struct nfq_q_handle *, struct nfgenmsg *, struct nfq_data *, void *);
struct nfq_handle *nfq_open(void);
struct nfq_q_handle *nfq_create_queue(struct nfq_handle *, uint16_t, nfq_callback *, void *);
int nfq_set_mode(struct nfq_q_handle *, uint8_t, unsigned int);
int nfq_set_queue_maxlen(struct nfq_q_handle *, uint32_t);
int nfq_fd(struct nfq_handle *);
int nfq_handle_packet(struct nfq_handle *, char *, int);
int nfq_set_verdict(struct nfq_q_handle *, uint32_t, uint32_t, uint32_t, const unsigned char *);
struct nfqnl_msg_packet_hdr *nfq_get_msg_packet_hdr(struct nfq_data *);

enum { BATCH = 64, SLOT = 1024, COPY_RANGE = 128, MAXIMUM_LENGTH = 65536, RECEIVE_BUFFER = 64 << 20 };

struct verdict {
	struct nlmsghdr nlh;
	struct nfgenmsg nfg;
	struct nlattr attr;
	struct nfqnl_msg_verdict_hdr hdr;
};

static volatile sig_atomic_t stopped;
static unsigned long packets;

static void stop(int signal) { (void)signal; stopped = 1; }

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int accept_packet(struct nfq_q_handle *queue, struct nfgenmsg *msg, struct nfq_data *data, void *unused)
{
	(void)msg;
	(void)unused;
	packets++;
	return nfq_set_verdict(queue, ntohl(nfq_get_msg_packet_hdr(data)->packet_id), NF_ACCEPT, 0, NULL);
}

static void run_plain(struct nfq_handle *handle, int fd)
{
	static char buffer[SLOT] __attribute__((aligned(4)));
	while (!stopped) {
		ssize_t length = recv(fd, buffer, sizeof buffer, 0);
		if (length > 0) nfq_handle_packet(handle, buffer, length);
		else if (length < 0 && errno != EINTR && errno != ENOBUFS) die("recv");
	}
}

/* The id of the packet in one netlink message; 0 (never used by the kernel) when it is another kind of message. */
static uint32_t packet_id(const char *message, unsigned int length)
{
	const struct nlmsghdr *nlh = (const void *)message;
	if (length < NLMSG_LENGTH(sizeof(struct nfgenmsg)) || nlh->nlmsg_len > length ||
	    nlh->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
		return 0;
	unsigned int at = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	while (at + sizeof(struct nlattr) <= nlh->nlmsg_len) {
		const struct nlattr *attr = (const void *)(message + at);
		if (attr->nla_len < sizeof *attr) return 0;
		if ((attr->nla_type & NLA_TYPE_MASK) == NFQA_PACKET_HDR)
			return ntohl(((const struct nfqnl_msg_packet_hdr *)(attr + 1))->packet_id);
		at += NLA_ALIGN(attr->nla_len);
	}
	return 0;
}

static void run_batched(int fd, uint16_t number)
{
	static char slots[BATCH][SLOT] __attribute__((aligned(4)));
	static struct verdict verdicts[BATCH];
	static struct iovec iov[BATCH];
	static struct mmsghdr messages[BATCH];
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ slots[i], SLOT };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
		verdicts[i] = (struct verdict){
			.nlh = { sizeof(struct verdict), NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT, NLM_F_REQUEST, 0, 0 },
			.nfg = { AF_UNSPEC, NFNETLINK_V0, htons(number) },
			.attr = { sizeof(struct nlattr) + sizeof(struct nfqnl_msg_verdict_hdr), NFQA_VERDICT_HDR },
			.hdr = { htonl(NF_ACCEPT), 0 },
		};
	}
	while (!stopped) {
		int received = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
		int answers = 0;
		if (received < 0 && errno != EINTR && errno != ENOBUFS) die("recvmmsg");
		for (int i = 0; i < received; i++) {
			uint32_t id = packet_id(slots[i], messages[i].msg_len);
			if (id) verdicts[answers++].hdr.id = htonl(id);
		}
		if (answers && send(fd, verdicts, answers * sizeof verdicts[0], 0) < 0) die("send");
		packets += answers;
	}
}

int main(int argc, char **argv)
{
	if (argc != 3) return fprintf(stderr, "usage: reference QUEUE plain|batched\n"), 2;
	uint16_t number = atoi(argv[1]);
	struct nfq_handle *handle = nfq_open();
	if (!handle) die("nfq_open");
	struct nfq_q_handle *queue = nfq_create_queue(handle, number, accept_packet, NULL);
	if (!queue) die("nfq_create_queue");
	int fd = nfq_fd(handle), size = RECEIVE_BUFFER, on = 1;
	if (nfq_set_mode(queue, NFQNL_COPY_PACKET, COPY_RANGE) < 0) die("nfq_set_mode");
	if (nfq_set_queue_maxlen(queue, MAXIMUM_LENGTH) < 0) die("nfq_set_queue_maxlen");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0) die("SO_RCVBUFFORCE");
	if (setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on) < 0) die("NETLINK_NO_ENOBUFS");
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
	puts("ready");
	fflush(stdout);
	if (strcmp(argv[2], "batched") == 0) run_batched(fd, number);
	else run_plain(handle, fd);
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"packets\": %lu, \"cpu_ns\": %ld}\n", packets,
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000L +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000L);
	return 0;
}
