#include "tools/report/fairness.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace roost {
namespace {

__extension__ using Wide = __int128;

struct Wish {
  VcpuId vcpu;
  std::int64_t runnable;  // ns
  std::int64_t weight;
};

/// Those who wanted something; who is satisfied by the least share first.
std::vector<Wish> wishes_of(const RunReport& report) {
  std::vector<Wish> wishes;
  for (VcpuId v{0}; v < report.vcpus.end_id(); v = id_at<VcpuId>(index(v) + 1)) {
    const VcpuReport& vcpu = report.vcpus[v];
    const std::int64_t runnable = nanoseconds(vcpu.run + vcpu.wait);
    if (vcpu.used && runnable > 0) wishes.push_back({v, runnable, std::max<std::int64_t>(value(vcpu.weight), 1)});
  }
  std::ranges::stable_sort(wishes, [](const Wish& a, const Wish& b) {
    return Wide{a.runnable} * b.weight < Wide{b.runnable} * a.weight;
  });
  return wishes;
}

class Jain {
 public:
  void add(double x) { ++count_, sum_ += x, squares_ += x * x; }
  double index() const { return squares_ > 0 ? sum_ * sum_ / (count_ * squares_) : 1; }

 private:
  double count_ = 0, sum_ = 0, squares_ = 0;
};

}  // namespace

Fairness fairness_of(const RunReport& report) {
  const std::vector<Wish> wishes = wishes_of(report);
  Wide left = 0, weights = 0;
  for (const Wish& wish : wishes) {
    left += nanoseconds(report.vcpus[wish.vcpu].run);
    weights += wish.weight;
  }
  Fairness out;
  out.lag = IdVector<VcpuId, Duration>(report.vcpus.size(), Duration{0});
  Jain by_weight, by_ideal;
  for (const Wish& wish : wishes) {
    const Wide ideal = std::min<Wide>(wish.runnable, left * wish.weight / weights);
    left -= ideal;
    weights -= wish.weight;
    const std::int64_t run = nanoseconds(report.vcpus[wish.vcpu].run);
    out.lag[wish.vcpu] = Duration{static_cast<std::int64_t>(ideal) - run};
    if (out.most_behind == kNoVcpu || out.lag[wish.vcpu] > out.max_lag()) out.most_behind = wish.vcpu;
    by_weight.add(static_cast<double>(run) / static_cast<double>(wish.weight));
    by_ideal.add(ideal > 0 ? static_cast<double>(run) / static_cast<double>(ideal) : 1);
  }
  out.jain_by_weight = by_weight.index();
  out.jain_by_ideal = by_ideal.index();
  return out;
}

}  // namespace roost
