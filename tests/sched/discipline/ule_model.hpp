// The room: ULE once more, as plainly as can be: two lists that are searched, a turning queue of distances.
#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "sched/vocabulary/nice.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

class Ule final : public Model {
 public:
  void at(Time now) override { now_ = now; }
  void admit(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].nice = nice_of(weight); }
  void reweigh(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].nice = nice_of(weight); }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    catch_up(rq, now);
    Queue& queue = queues_[rq];
    Vcpu& v = vcpus_[vcpu];
    const std::int64_t at = now.time_since_epoch().count();
    if (why == EnqueueWhy::Fork) {
      v.from = v.until = at;
      v.used = slice(queue) - 2 * kTick;
      level(v);
      settle(v);
    } else if (why == EnqueueWhy::Wake) {
      v.slept += at - v.left_at;
      fade(v);
      window(v, 0, at);
      v.used = 0;
      level(v);
      if (!v.interactive) v.level = 0;
    } else if (why != EnqueueWhy::Migrated) {
      --queue.running;
      if (why == EnqueueWhy::SliceEnd) v.used = 0;
      if (why == EnqueueWhy::Yield) v.interactive = false, v.level = 106;
    }
    const bool head = why == EnqueueWhy::Preempted;
    v.slot = v.interactive ? v.level : head ? queue.remove : (queue.insert + v.level) % 109;
    head ? void(queue.waiting.insert(queue.waiting.begin(), vcpu)) : queue.waiting.push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time now) override {
    catch_up(rq, now);
    vcpus_[vcpu].left_at = now.time_since_epoch().count();
    if (std::erase(queues_[rq].waiting, vcpu) == 0) --queues_[rq].running;
    follow(queues_[rq]);
  }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    catch_up(rq, request.now);
    Queue& queue = queues_[rq];
    const VcpuId next = first_allowed(in_order(queue), request);
    if (next == kNoVcpu) return std::nullopt;
    std::erase(queue.waiting, next);
    if (!vcpus_[next].interactive) follow(queue);
    settle(vcpus_[next]);
    window(vcpus_[next], 0, nanoseconds(request.now));
    const std::int64_t left = std::max(slice(queue) - vcpus_[next].used, kTick);
    ++queue.running;
    return Pick{next, request.now + Duration(left)};
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran_for) override {
    catch_up(rq, now_);
    const std::int64_t at = now_.time_since_epoch().count(), ran = ran_for.count();
    Vcpu& v = vcpus_[running];
    v.ran += ran;
    v.used += ran;
    fade(v);
    window(v, ran, at);
    if (at / kTick != (at - ran) / kTick) level(v), settle(v);
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    return vcpus_.at(waiting).interactive && !vcpus_.at(running).interactive;
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    return in_order(queue->second);
  }

 private:
  static constexpr std::int64_t kTick = 7'874'016, kSecond = 1'000'000'000;
  struct Vcpu {
    std::int64_t ran = 0, slept = 0, cpu = 0, from = 0, until = 0, used = 0, left_at = 0;
    int nice = 0, level = 0, own = 0, slot = 0;  // own: its level from when it runs on; below 0: batch, -1 the first
    bool interactive = true;
  };
  struct Queue {
    std::vector<VcpuId> waiting;  // in order of coming; the preempted first
    int insert = 0, remove = 0, turns = 0, running = 0;
    std::int64_t ticks = 0;
  };
  std::vector<VcpuId> in_order(const Queue& queue) const {
    std::vector<VcpuId> order = queue.waiting;
    const auto place = [&](VcpuId vcpu) {
      const Vcpu& v = vcpus_.at(vcpu);
      return v.interactive ? v.slot : 1000 + (v.slot - queue.remove + 109) % 109;
    };
    std::stable_sort(order.begin(), order.end(), [&](VcpuId a, VcpuId b) { return place(a) < place(b); });
    return order;
  }
  bool nobody_at(const Queue& queue, int slot) const {
    return std::none_of(queue.waiting.begin(), queue.waiting.end(),
                        [&](VcpuId v) { return !vcpus_.at(v).interactive && vcpus_.at(v).slot == slot; });
  }
  void follow(Queue& queue) const {
    while (queue.remove != queue.insert && nobody_at(queue, queue.remove)) queue.remove = (queue.remove + 1) % 109;
  }
  void catch_up(RunqueueId rq, Time now) { turn(queues_[rq], now.time_since_epoch().count() / kTick); }
  void turn(Queue& queue, std::int64_t ticks) const {
    const bool empty = std::all_of(queue.waiting.begin(), queue.waiting.end(),
                                   [&](VcpuId v) { return vcpus_.at(v).interactive; });
    if (ticks > queue.ticks && empty) queue.ticks = ticks - 1;  // one turn is as good as many
    for (; queue.ticks < ticks; ++queue.ticks) {
      if (queue.insert != queue.remove) continue;
      queue.insert = (queue.insert + (queue.turns++ % 4 == 3 ? 1 : 2)) % 109;
      follow(queue);
    }
  }
  static void fade(Vcpu& v) {
    const std::int64_t sum = v.ran + v.slept;
    if (sum < 5 * kSecond) return;
    if (sum > 10 * kSecond) {
      const bool ran_more = v.ran > v.slept;
      v.ran = ran_more ? 5 * kSecond : 1;
      v.slept = ran_more ? 1 : 5 * kSecond;
    } else {
      const int parts = sum > 6 * kSecond ? 2 : 5;
      v.ran = v.ran / parts * (parts == 2 ? 1 : 4);
      v.slept = v.slept / parts * (parts == 2 ? 1 : 4);
    }
  }
  static void window(Vcpu& v, std::int64_t ran, std::int64_t at) {
    if (at - v.until >= 10 * kSecond) {
      v.cpu = 0;
      v.from = at - 10 * kSecond;
    } else if (at - v.from >= 11 * kSecond) {
      const std::int64_t kept = (v.until - at + 10 * kSecond) / 1000, all = (v.until - v.from) / 1000;
      v.cpu = v.cpu / 1000 * kept / all * 1000;
      v.from = at - 10 * kSecond;
    }
    v.cpu += std::min(ran, 10 * kSecond);
    v.until = at;
  }
  static void level(Vcpu& v) {
    std::int64_t score = v.ran == 0 && v.slept == 0 ? 0 : 50;
    if (v.ran < v.slept) score = v.ran / std::max<std::int64_t>(1, v.slept / 50);
    score = std::max<std::int64_t>(0, score + v.nice);
    if (score < 30) {
      v.own = static_cast<int>(59 * score / 30);
      return;
    }
    const std::int64_t length = std::max<std::int64_t>(v.until - v.from, 1'000'000);
    const std::int64_t by_cpu = (2 * 58 * std::min(v.cpu, length) + length - length % 2) / (2 * length);  // the nearest
    v.own = -1 - static_cast<int>(by_cpu + (v.nice + 20) * 5 / 4);
  }
  static void settle(Vcpu& v) {
    v.interactive = v.own >= 0;
    v.level = v.interactive ? v.own : -1 - v.own;
  }
  static std::int64_t slice(const Queue& queue) {
    const auto others = static_cast<std::int64_t>(queue.waiting.size()) + queue.running;
    return (others >= 6 ? 2 : others <= 1 ? 12 : 12 / others) * kTick;
  }

  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, Queue> queues_;
  Time now_{};
};

}  // namespace roost::naive
