// The room: stride scheduling once more, as plainly as can be: passes in fractions, the least is searched for.
#pragma once

#include <algorithm>
#include <map>

#include "sched/discipline/stride.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Strides final : public Model {
 public:
  void admit(VcpuId vcpu, Weight weight) override {
    clients_[vcpu] = {.tickets = value(weight), .pass = Stride::kStride1 / value(weight)};
  }
  void reweigh(VcpuId vcpu, Weight weight) override {
    Client& client = clients_[vcpu];
    client.pass = client.pass * client.tickets / value(weight);
    client.part = 0;
    client.tickets = value(weight);
  }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) override {
    Queue& queue = queues_[rq];
    if (why == EnqueueWhy::Fork || why == EnqueueWhy::Wake || why == EnqueueWhy::Migrated) {
      clients_[vcpu].pass += queue.pass;
      join(queue, clients_[vcpu].tickets);
    }
    queue.waiting.push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override {
    Queue& queue = queues_[rq];
    std::erase(queue.waiting, vcpu);
    clients_[vcpu].pass -= queue.pass;
    join(queue, -clients_[vcpu].tickets);
  }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    std::vector<VcpuId> order = victims(rq);
    std::reverse(order.begin(), order.end());
    const VcpuId next = first_allowed(order, request);
    if (next == kNoVcpu) return std::nullopt;
    std::erase(queues_[rq].waiting, next);
    return Pick{next, request.now + Stride::kQuantum};
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran) override {
    Client& client = clients_[running];
    add(client.pass, client.part, ran, client.tickets);
    add(queues_[rq].pass, queues_[rq].part, ran, queues_[rq].tickets);
  }
  bool preempts(VcpuId, VcpuId) const override { return false; }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    std::vector<VcpuId> all = queue->second.waiting;
    std::sort(all.begin(), all.end(), [&](VcpuId a, VcpuId b) { return key(a) > key(b); });
    return all;
  }

 private:
  __extension__ using Wide = __int128;
  struct Client {
    std::int64_t tickets = 1, pass = 0, part = 0;
  };
  struct Queue {
    std::vector<VcpuId> waiting;
    std::int64_t tickets = 0, pass = 0, part = 0;  // part: of a pass, out of tickets * quantum
  };
  static void add(std::int64_t& pass, std::int64_t& part, Duration ran, std::int64_t tickets) {
    const Wide whole = Wide{ran.count()} * Stride::kStride1 + part, of = Wide{tickets} * Stride::kQuantum.count();
    pass += static_cast<std::int64_t>(whole / of);
    part = static_cast<std::int64_t>(whole % of);
  }
  static void join(Queue& queue, std::int64_t tickets) {
    const std::int64_t all = queue.tickets + tickets;
    if (queue.tickets > 0) queue.part = static_cast<std::int64_t>(Wide{queue.part} * all / queue.tickets);
    queue.tickets = all;
  }
  std::pair<std::int64_t, VcpuId> key(VcpuId vcpu) const { return {clients_.at(vcpu).pass, vcpu}; }

  std::map<VcpuId, Client> clients_;
  std::map<RunqueueId, Queue> queues_;
};

}  // namespace roost::naive
