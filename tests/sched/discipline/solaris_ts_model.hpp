// The room: the time-sharing class of Solaris once more, plainly: one list in the order of arrival, searched for the
//   highest level; the table written out as dispadmin prints it.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "sched/vocabulary/nice.hpp"
#include "tests/sched/discipline/model.hpp"

namespace roost::naive {

struct TsRow {
  int quantum_ms, tqexp, slpret, lwait;
};
// Oracle, System Administration Guide, "Timesharing Parameter Table"; ts_maxwait is 0, but 32000 in the last row.
inline constexpr std::array<TsRow, 60> kTsTable{{
    {200, 0, 50, 50},  {200, 0, 50, 50},  {200, 0, 50, 50},  {200, 0, 50, 50},  {200, 0, 50, 50},  {200, 0, 50, 50},
    {200, 0, 50, 50},  {200, 0, 50, 50},  {200, 0, 50, 50},  {200, 0, 50, 50},  {160, 0, 51, 51},  {160, 1, 51, 51},
    {160, 2, 51, 51},  {160, 3, 51, 51},  {160, 4, 51, 51},  {160, 5, 51, 51},  {160, 6, 51, 51},  {160, 7, 51, 51},
    {160, 8, 51, 51},  {160, 9, 51, 51},  {120, 10, 52, 52}, {120, 11, 52, 52}, {120, 12, 52, 52}, {120, 13, 52, 52},
    {120, 14, 52, 52}, {120, 15, 52, 52}, {120, 16, 52, 52}, {120, 17, 52, 52}, {120, 18, 52, 52}, {120, 19, 52, 52},
    {80, 20, 53, 53},  {80, 21, 53, 53},  {80, 22, 53, 53},  {80, 23, 53, 53},  {80, 24, 53, 53},  {80, 25, 54, 54},
    {80, 26, 54, 54},  {80, 27, 54, 54},  {80, 28, 54, 54},  {80, 29, 54, 54},  {40, 30, 55, 55},  {40, 31, 55, 55},
    {40, 32, 55, 55},  {40, 33, 55, 55},  {40, 34, 55, 55},  {40, 35, 56, 56},  {40, 36, 57, 57},  {40, 37, 58, 58},
    {40, 38, 58, 58},  {40, 39, 58, 59},  {40, 40, 58, 59},  {40, 41, 58, 59},  {40, 42, 58, 59},  {40, 43, 58, 59},
    {40, 44, 58, 59},  {40, 45, 58, 59},  {40, 46, 58, 59},  {40, 47, 58, 59},  {40, 48, 58, 59},  {20, 49, 59, 59},
}};

class SolarisTs final : public Model {
 public:
  void at(Time now) override { second_ = now.time_since_epoch() / std::chrono::seconds(1); }
  void admit(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].nice = nice_of(weight); }
  void reweigh(VcpuId vcpu, Weight weight) override { vcpus_[vcpu].nice = nice_of(weight); }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) override {
    update(rq);
    Vcpu& v = vcpus_[vcpu];
    if (why == EnqueueWhy::Fork) v.counted = second_;
    if (why == EnqueueWhy::Wake && raised(v, second_)) go(v, kTsTable[v.row].slpret);
    const bool front = (why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd) && v.left > 0;
    if (v.left <= 0) go(v, kTsTable[v.row].tqexp);
    auto& all = queues_[rq].all;
    all.insert(front ? all.begin() : all.end(), vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy, Time) override { std::erase(queues_[rq].all, vcpu); }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    update(rq);
    const VcpuId next = first_allowed(victims(rq), request);
    if (next == kNoVcpu) return std::nullopt;
    std::erase(queues_[rq].all, next);
    const Time second_ends = time_at((second_ + 1) * 1'000'000'000);
    return Pick{next, std::min(request.now + Duration(vcpus_[next].left), second_ends)};
  }
  void charge(RunqueueId, VcpuId running, Duration ran) override {
    Vcpu& v = vcpus_[running];
    v.left -= ran.count();
    if (v.left > 0 && raised(v, second_)) go(v, kTsTable[v.row].slpret);
  }
  bool preempts(VcpuId waiting, VcpuId running) const override { return level(waiting) > level(running); }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    const auto queue = queues_.find(rq);
    if (queue == queues_.end()) return {};
    std::vector<VcpuId> all = queue->second.all;
    std::stable_sort(all.begin(), all.end(), [&](VcpuId a, VcpuId b) { return level(a) > level(b); });
    return all;
  }

 private:
  struct Vcpu {
    std::size_t row = 29;
    int nice = 0;
    std::int64_t left = 120'000'000, counted = 0;
  };
  struct Queue {
    std::vector<VcpuId> all;
    std::int64_t seen = 0;
  };
  static int level(const Vcpu& v) { return std::max(0, std::min(59, static_cast<int>(v.row) - 3 * v.nice)); }
  int level(VcpuId vcpu) const { return level(vcpus_.at(vcpu)); }
  static bool raised(const Vcpu& v, std::int64_t second) { return second - v.counted > (level(v) == 59 ? 32000 : 0); }
  void go(Vcpu& v, int row) const {
    v.row = static_cast<std::size_t>(row);
    v.left = kTsTable[v.row].quantum_ms * std::int64_t{1'000'000};
    v.counted = second_;
  }
  void update(RunqueueId rq) {
    Queue& queue = queues_[rq];
    for (; queue.seen < second_;) {
      ++queue.seen;
      for (const VcpuId vcpu : victims(rq)) {  // the highest level first
        Vcpu& v = vcpus_.at(vcpu);
        if (!raised(v, queue.seen)) continue;
        const int before = level(v);
        v.row = static_cast<std::size_t>(kTsTable[v.row].lwait);
        v.counted = queue.seen;
        if (level(v) == before) continue;
        v.left = kTsTable[v.row].quantum_ms * std::int64_t{1'000'000};
        std::erase(queue.all, vcpu);
        queue.all.push_back(vcpu);
      }
    }
  }

  std::map<VcpuId, Vcpu> vcpus_;
  std::map<RunqueueId, Queue> queues_;
  std::int64_t second_ = 0;
};

}  // namespace roost::naive
