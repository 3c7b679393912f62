#include "sched/discipline/lottery.hpp"

#include <algorithm>

namespace roost {

namespace {

constexpr std::size_t kRoom = 16;
constexpr ConstantInfo kConstants[]{
    time_constant("quantum", "how long a winner runs", Lottery::kQuantum, std::chrono::microseconds(1),
                  std::chrono::seconds(10)),
};

}  // namespace

constexpr DisciplineEntry kLotteryEntry{
    {"lottery", "shares by weight and luck: each quantum goes to the holder of a drawn ticket",
     "Waldspurger, Weihl: Lottery Scheduling (OSDI 1994)", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Lottery>(scope, constants.time("quantum"));
    }};

Lottery::Lottery(const DisciplineScope& scope, Duration quantum)
    : players_(scope.max_vcpus), queues_(scope.runqueues), quantum_(quantum) {
  check(quantum > Duration{0}, "a quantum is longer than nothing");
  for (std::size_t r = 0; r < scope.runqueues; ++r) {
    Queue& queue = queues_[id_at<RunqueueId>(r)];
    queue.luck = RandomStream(scope.seed, r);
    queue.tree.reserve(kRoom);
  }
}

void Lottery::admit(VcpuId vcpu, const VcpuTraits& traits) {
  players_[vcpu] = Player{.tickets = value(traits.weight), .used = quantum_};
}

/// In parts of a ticket.
std::uint64_t Lottery::tickets_of(const Player& player) const {
  const Duration used = std::clamp(player.used, std::max(quantum_ / kMostCompensation, Duration{1}), quantum_);
  const std::int64_t compensation = quantum_ * kPart / used;  // kPart: none
  return static_cast<std::uint64_t>(player.tickets * compensation);
}

void Lottery::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy, Time) {
  queues_[rq].tree.insert({vcpu, tickets_of(players_[vcpu])}, positions());
}

void Lottery::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  if (why == LeaveWhy::Migrating) queues_[rq].tree.remove(players_[vcpu].position, positions());
}

VcpuId Lottery::drawn(Queue& queue, const PickRequest& request) const {
  if (request.may_run == nullptr) return queue.tree.holder(queue.luck.below(queue.tree.tickets())).vcpu;
  std::uint64_t tickets = 0;
  for (const TicketTree::Member& member : queue.tree)
    if (request.allows(member.vcpu)) tickets += member.tickets;
  if (tickets == 0) return kNoVcpu;
  std::uint64_t number = queue.luck.below(tickets);
  for (const TicketTree::Member& member : queue.tree) {
    if (!request.allows(member.vcpu)) continue;
    if (number < member.tickets) return member.vcpu;
    number -= member.tickets;
  }
  check_failed("a drawn ticket has a holder", __FILE__, __LINE__);
}

std::optional<Pick> Lottery::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  const VcpuId winner = queue.tree.empty() ? kNoVcpu : drawn(queue, request);
  if (winner == kNoVcpu) return std::nullopt;
  Player& player = players_[winner];
  queue.tree.remove(player.position, positions());
  player.used = Duration{0};
  return Pick{winner, request.now + quantum_};
}

void Lottery::charge(RunqueueId, VcpuId running, Duration ran, Time) { players_[running].used += ran; }

std::size_t Lottery::victims(RunqueueId rq, std::span<VcpuId> out) const {
  const TicketTree& tree = queues_[rq].tree;
  const std::size_t found = std::min(out.size(), tree.size());
  for (std::size_t i = 0; i < found; ++i) out[i] = tree.at(static_cast<std::uint32_t>(tree.size() - 1 - i)).vcpu;
  return found;
}

void Lottery::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  queue.tree.check_invariants(positions());
  for (const TicketTree::Member& member : queue.tree)
    check(member.tickets == tickets_of(players_[member.vcpu]) && member.tickets > 0, "who waits has its tickets");
}

}  // namespace roost
