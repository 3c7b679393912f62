// The room: the lottery once more, as plainly as can be: tickets are counted from the first vCPU on.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "sched/discipline/lottery.hpp"
#include "sched/vocabulary/random_stream.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Draws final : public Model {
 public:
  explicit Draws(std::uint64_t seed) : seed_(seed) {}

  void admit(VcpuId vcpu, Weight weight) override {
    players_[vcpu] = {static_cast<std::uint64_t>(value(weight)), Lottery::kQuantum.count()};
  }
  void reweigh(VcpuId vcpu, Weight weight) override {
    players_[vcpu].tickets = static_cast<std::uint64_t>(value(weight));
  }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy, Time) override { queue_of(rq).waiting.push_back(vcpu); }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override { remove(queue_of(rq).waiting, vcpu); }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    Queue& queue = queue_of(rq);
    std::vector<VcpuId> playing = queue.waiting;
    std::erase_if(playing, [&](VcpuId vcpu) { return !request.allows(vcpu); });
    if (playing.empty()) return std::nullopt;
    std::uint64_t all = 0;
    for (const VcpuId vcpu : playing) all += tickets(vcpu);
    std::uint64_t number = queue.luck.below(all);
    std::size_t i = 0;
    while (number >= tickets(playing[i])) number -= tickets(playing[i++]);
    const VcpuId winner = playing[i];
    remove(queue.waiting, winner);
    players_[winner].used = 0;
    return Pick{winner, request.now + Lottery::kQuantum};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override { players_[running].used += ran.count(); }
  bool preempts(VcpuId, VcpuId) const override { return false; }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    return {queue->second.waiting.rbegin(), queue->second.waiting.rend()};
  }

 private:
  struct Player {
    std::uint64_t tickets = 0;
    std::int64_t used = 0;
  };
  struct Queue {
    std::vector<VcpuId> waiting;
    RandomStream luck;
  };
  Queue& queue_of(RunqueueId rq) {
    return queues_.try_emplace(rq, Queue{{}, RandomStream(seed_, index(rq))}).first->second;
  }
  /// The last one takes the place of who goes.
  static void remove(std::vector<VcpuId>& waiting, VcpuId vcpu) {
    const auto place = std::find(waiting.begin(), waiting.end(), vcpu);
    if (place == waiting.end()) return;
    *place = waiting.back();
    waiting.pop_back();
  }
  std::uint64_t tickets(VcpuId vcpu) const {
    const Player& player = players_.at(vcpu);
    const std::int64_t quantum = Lottery::kQuantum.count(), used = std::max(player.used, quantum / 1000);
    return player.tickets * static_cast<std::uint64_t>(used < quantum ? quantum * 1024 / used : 1024);
  }

  std::uint64_t seed_;
  std::map<VcpuId, Player> players_;
  std::map<RunqueueId, Queue> queues_;
};

}  // namespace roost::naive
