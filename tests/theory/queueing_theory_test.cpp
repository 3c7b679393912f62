// Theory: a runqueue under each discipline is the queue that its books say, by job classes.
// Each mean is that of 20 runs with seeds of their own, and lies both within the tolerance of its row and within their
// 99.9 percent interval (Student's t, 19 degrees of freedom: 3.883 standard errors), which is about as narrow. The
// first fifth of each run is not counted.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include "sched/discipline/edf.hpp"
#include "sched/discipline/fifo.hpp"
#include "sched/discipline/round_robin.hpp"
#include "sched/discipline/sjf.hpp"
#include "sched/discipline/stcf.hpp"
#include "tests/theory/open_queue.hpp"

namespace roost {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kRuns = 20, kJobs = 240'000;
constexpr std::size_t kRoom = 400;  // vCPUs of each class
constexpr double kStudent = 3.883, kMs = 1e6;
constexpr std::uint64_t kFirstSeed = 1;

/// A class of the queue, in milliseconds.
struct Load {
  double rate;    // jobs per millisecond
  double length;  // mean
  double square;  // mean of the squares
  std::function<Duration(kit::Seeded&)> service;
  Reservation reservation{};
  double part() const { return rate * length; }
};

Load constant(double rate, double ms) {
  const Duration length(static_cast<std::int64_t>(ms * kMs));
  return {rate, ms, ms * ms, [length](kit::Seeded&) { return length; }};
}
Load exponential(double rate, double ms) {
  return {rate, ms, 2 * ms * ms, [ms](kit::Seeded& random) { return kit::exponential(random, ms * kMs); }};
}

struct Row {
  double tolerance = 0.02;  // of its means
  double bias = 0;          // of the discipline, beside its ideal
  double interval = 1;      // of how many tolerances it may be, at most
  std::size_t servers = 1;
};

/// `due`: the mean responses of the classes, in milliseconds.
template <typename Make>
void expect_responses(Make make, const std::vector<Load>& loads, std::size_t jobs, const std::vector<double>& due,
                      Row row) {
  std::vector<std::vector<double>> seen(loads.size());
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    std::vector<kit::JobClass> classes;
    for (const Load& load : loads)
      classes.push_back({.rate = load.rate / kMs, .service = load.service, .reservation = load.reservation});
    const std::unique_ptr<Discipline> discipline = make(loads.size() * kRoom);
    kit::OpenQueue queue(*discipline, classes, kRoom, kit::Seeded(kFirstSeed + run), row.servers);
    const kit::Responses responses = queue.run(jobs);
    for (std::size_t c = 0; c < loads.size(); ++c) seen[c].push_back(responses.mean_ns[c] / kMs);
  }
  for (std::size_t c = 0; c < loads.size(); ++c) {
    const double mean = std::accumulate(seen[c].begin(), seen[c].end(), 0.0) / kRuns;
    double squares = 0;
    for (const double value : seen[c]) squares += (value - mean) * (value - mean);
    const double half = kStudent * std::sqrt(squares / (kRuns - 1) / kRuns);
    EXPECT_NEAR(mean, due[c], half + row.bias) << "class " << c;
    EXPECT_NEAR(mean, due[c], row.tolerance * due[c] + row.bias) << "class " << c;
    EXPECT_LT(half / due[c], row.interval * row.tolerance) << "class " << c << ": too few jobs to tell";
  }
}

template <typename Kind, typename... Constants>
auto maker(Constants... constants) {
  return [=](std::size_t vcpus) { return std::make_unique<Kind>(vcpus, 1, constants...); };
}

double part_until(const std::vector<Load>& loads, std::size_t end) {
  double part = 0;
  for (std::size_t c = 0; c < end; ++c) part += loads[c].part();
  return part;
}

/// The work that a newcomer finds in service, on average: sum of rate E[S^2] / 2 over the first `end` classes.
double residual(const std::vector<Load>& loads, std::size_t end) {
  double sum = 0;
  for (std::size_t c = 0; c < end; ++c) sum += loads[c].rate * loads[c].square / 2;
  return sum;
}

TEST(QueueingTheory, FifoIsPollaczekAndKhinchine) {
  // Two classes, 0.5 ms three times of four and 2.5 ms: each waits the same, W = sum of rate E[S^2] / 2 / (1 - rho).
  const std::vector<Load> mixed{constant(0.525, 0.5), constant(0.175, 2.5)};  // rho 0.7
  const double wait = residual(mixed, 2) / (1 - part_until(mixed, 2));
  expect_responses(maker<Fifo>(), mixed, kJobs, {wait + 0.5, wait + 2.5}, {.tolerance = 0.01});
  const std::vector<Load> even{constant(0.8, 1)}, any{exponential(0.8, 1)};
  expect_responses(maker<Fifo>(), even, 3 * kJobs / 2, {1 + 0.8 / (2 * 0.2)}, {.tolerance = 0.01});
  expect_responses(maker<Fifo>(), any, 4 * kJobs, {1 / 0.2}, {.tolerance = 0.01});
}

/// The part of newcomers that find all servers busy (Erlang 1917), at so much work offered to them.
double erlang_c(int servers, double offered) {
  double lost = 1;  // Erlang's loss formula, by one server more at a time
  for (int k = 1; k <= servers; ++k) lost = offered * lost / (k + offered * lost);
  const double rho = offered / servers;
  return lost / (1 - rho + rho * lost);
}

TEST(QueueingTheory, OneQueueForManyPcpusFollowsErlang) {
  struct Case {
    int servers;
    double rho, due, tolerance;
    std::size_t jobs;
  };
  constexpr Case kCases[]{
      {8, 0.9, 1.877, 0.03, kJobs}, {8, 0.7, 1.113, 0.01, kJobs}, {16, 0.9, 1.3696, 0.005, 3 * kJobs}};
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.servers);
    const double due = 1 + erlang_c(c.servers, c.servers * c.rho) / (c.servers * (1 - c.rho));
    EXPECT_NEAR(due, c.due, 5e-4);  // by other hands
    const std::vector<Load> load{exponential(c.servers * c.rho, 1)};
    expect_responses(maker<Fifo>(), load, c.jobs, {due},
                     {.tolerance = c.tolerance, .interval = 2, .servers = static_cast<std::size_t>(c.servers)});
  }
}

TEST(QueueingTheory, SjfIsAPriorityQueueByLengthWithoutPreemption) {
  // Cobham 1954: W_k = R / ((1 - s_(k-1)) (1 - s_k)), s_k the load of the classes up to k, R what is in service. One
  // burst tells a vCPU's length (alpha 1), and all have had one before jobs are counted.
  const std::vector<Load> loads{constant(0.2, 1), constant(0.1, 2), constant(0.4 / 6, 6)};  // loads .2 .2 .4
  std::vector<double> due;
  for (std::size_t k = 0; k < loads.size(); ++k) {
    const double wait = residual(loads, 3) / ((1 - part_until(loads, k)) * (1 - part_until(loads, k + 1)));
    due.push_back(wait + loads[k].length);
  }
  EXPECT_NEAR(due[0], 1.875 + 1, 1e-9);  // R = (.2 * 1 + .1 * 4 + .4 * 6) / 2 = 1.5; 1.5 / .8
  EXPECT_NEAR(due[1], 3.125 + 2, 1e-9);  // 1.5 / (.8 * .6)
  EXPECT_NEAR(due[2], 12.5 + 6, 1e-9);   // 1.5 / (.6 * .2)
  expect_responses(maker<Sjf>(BurstConstants{.alpha = 1024}), loads, kJobs, due, {});
}

TEST(QueueingTheory, StcfIsShortestRemainingTimeFirst) {
  // Schrage and Miller 1966, for lengths x_1 < x_2 < ...: who is longer counts with x_k of its own once only so much is
  // left of it. Waits W_k = (sum_(i<=k) l_i x_i^2 + x_k^2 sum_(i>k) l_i) / (2 (1 - s_(k-1)) (1 - s_k)); then, while
  // more than x_j is left, only classes up to j interrupt: (x_(j+1) - x_j) / (1 - s_j).
  const std::vector<Load> loads{constant(0.2, 1), constant(0.1, 2), constant(0.4 / 6, 6)};
  std::vector<double> due;
  for (std::size_t k = 0; k < loads.size(); ++k) {
    const double longest = loads[k].length;
    double work = 0, served = 0, before = 0;
    for (std::size_t i = 0; i < loads.size(); ++i) {
      const double x = std::min(loads[i].length, longest);
      work += loads[i].rate * x * x;
      if (i <= k) served += (loads[i].length - before) / (1 - part_until(loads, i));
      before = loads[i].length;
    }
    due.push_back(work / (2 * (1 - part_until(loads, k)) * (1 - part_until(loads, k + 1))) + served);
  }
  EXPECT_NEAR(due[0], (0.2 + 0.1 + 0.4 / 6) / 1.6 + 1, 1e-9);
  expect_responses(maker<Stcf>(BurstConstants{.alpha = 1024}), loads, kJobs, due, {});
}

TEST(QueueingTheory, EdfWithDeadlinesFarApartIsAPreemptivePriorityQueue) {
  // T_k = E[S] / (1 - s_(k-1)) + R_k / ((1 - s_(k-1)) (1 - s_k)). Deadlines are 1, 100 and 1000 ms from a wakeup, and
  // nobody is here for so long: a job takes 10 us. A budget as long as the period begins anew with every job.
  constexpr double kUs = 1e-3;
  std::vector<Load> loads{exponential(20, 10 * kUs), exponential(20, 10 * kUs), exponential(30, 10 * kUs)};
  for (std::size_t c = 0; const Duration period : {milliseconds(1), milliseconds(100), milliseconds(1000)})
    loads[c++].reservation = {.budget = period, .period = period};
  std::vector<double> due;
  for (std::size_t k = 0; k < loads.size(); ++k) {
    const double free = 1 - part_until(loads, k);
    due.push_back(loads[k].length / free + residual(loads, k + 1) / (free * (1 - part_until(loads, k + 1))));
  }
  EXPECT_NEAR(due[0], 12.5 * kUs, 1e-9);  // alone: 10 / (1 - .2)
  expect_responses(maker<Edf>(), loads, kJobs, due, {});
}

TEST(QueueingTheory, RoundRobinOfSmallSlicesSharesTheProcessor) {
  // Processor sharing: T(x) = x / (1 - rho), whatever the lengths. A slice in place of none: at most one of each of the
  // 1 / (1 - rho) that are there.
  constexpr double kSlice = 0.01, kRho = 0.7;
  const std::vector<Load> loads{exponential(0.6 * kRho, 0.5), exponential(0.4 * kRho, 1.75)};
  const std::vector<double> due{0.5 / (1 - kRho), 1.75 / (1 - kRho)};
  expect_responses(maker<RoundRobin>(Duration(microseconds(10))), loads, kJobs / 2, due,
                   {.tolerance = 0.02, .bias = kSlice / (1 - kRho)});
}

}  // namespace
}  // namespace roost
