// ping_pong: pairs of harts pass a token back and forth, each halted until the other's IPI wakes it.
//   kind    wait | trap       the IPI ends a WFI, or traps first        [wait]
//   rounds  1..100000000      round trips of each pair                  [200]

#include "guest/runtime/atomic.hpp"
#include "guest/runtime/checksum.hpp"
#include "guest/runtime/csr.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/program.hpp"
#include "guest/runtime/trap.hpp"

namespace guest {
namespace {

constexpr const char* kKinds[] = {"wait", "trap"};

/// `number` and `token` are written by the partner; `number` publishes `token`.
struct Mailbox {
  Atomic<uint64_t> number;
  uint64_t token = 0;
  volatile uint64_t taken = 0;  // so many has the owner's trap handler seen
};

PerHart<Mailbox> mailboxes;

/// Harts 0 and 1, 2 and 3, ...; an odd one out plays with itself.
uint64_t partner_of(uint64_t hart) {
  const uint64_t partner = hart ^ 1;
  return partner < hart_count() ? partner : hart;
}

void take_mail(Trap&) {
  clear_ipi(hart_id());
  mailboxes.mine().taken = mailboxes.mine().number.load();
}

void wait_for_mail(uint64_t kind, uint64_t number) {
  Mailbox& box = mailboxes.mine();
  if (kind == 0) {
    halt_until([&] { return box.number.load() >= number; });
    return;
  }
  while (box.taken < number) {  // interrupts are off from the look to the WFI, and on to take the trap
    wait_for_interrupt();
    set_csr<Csr::mstatus>(kMstatusMie);
    clear_csr<Csr::mstatus>(kMstatusMie);
  }
}

void send_mail(uint64_t to, uint64_t token) {
  Mailbox& box = mailboxes[to];
  box.token = token;
  box.number.fetch_add(1);
  send_ipi(to);
}

void play(uint64_t kind, uint64_t rounds) {
  const uint64_t me = hart_id();
  const uint64_t partner = partner_of(me);
  // The IPI of the first mail may have come together with the one that started this hart, and gone with it.
  mailboxes.mine().taken = mailboxes.mine().number.load();
  if (partner > me) send_mail(partner, scatter(mailboxes[partner].token));
  if (partner == me) send_mail(me, scatter(mailboxes[me].token));
  for (uint64_t round = 1; round <= rounds; ++round) {
    wait_for_mail(kind, round);
    const bool last = partner <= me ? partner == me && round == rounds : round == rounds;
    if (!last) send_mail(partner, scatter(mailboxes.mine().token));
  }
}

/// What the token has become on its last way, to the hart that served.
uint64_t expected_token(uint64_t hops) {
  uint64_t token = 0;
  for (uint64_t hop = 0; hop < hops; ++hop) token = scatter(token);
  return token;
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t kind = arguments.choice("kind", kKinds);
  const uint64_t rounds = arguments.number("rounds", 200, {1, 100'000'000});
  arguments.done();

  if (kind == 1) on_trap(Cause::MachineSoftware, take_mail);
  on_every_hart([=] { play(kind, rounds); });

  bool ok = true;
  uint64_t trips = 0;
  Checksum checksum;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    const uint64_t partner = partner_of(hart);
    if (partner < hart) continue;
    const uint64_t token = mailboxes[hart].token;
    ok = ok && token == expected_token(partner == hart ? rounds : 2 * rounds);
    ok = ok && mailboxes[hart].number.load() == rounds;
    ok = ok && (kind == 0 || mailboxes[hart].taken == rounds);
    checksum.add(token);
    trips += rounds;
  }
  return report(ok, "ping_pong: harts=%lu kind=%s rounds=%lu trips=%lu checksum=0x%016lx", hart_count(), kKinds[kind],
                rounds, trips, checksum.value());
}

}  // namespace guest
