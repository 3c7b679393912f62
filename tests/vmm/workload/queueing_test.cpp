// Queues whose answers are known: the simulated world, the dispatcher and the draws together must give them.
// The seeds are fixed; the tolerances are about three standard errors of the run's length (theory: Whitt 1989).

#include <gtest/gtest.h>

#include "tests/vmm/workload/simulate.hpp"

namespace roost {
namespace {

std::string queue(int servers, const std::string& gap, const std::string& jobs) {
  return "[[vm]]\nname = 'servers'\nvcpus = " + std::to_string(servers) +
         "\nscript = 's'\n[script.s]\nrepeat = 'forever'\n"
         "phases = [{ serve = 'q', do = [{ run = { exponential = '1ms' } }] }]\n[[arrivals]]\nqueue = 'q'\n" + gap +
         "\njobs = " + jobs + "\n";
}

/// Mean sojourn in mean services.
double sojourn(const std::string& text, std::size_t servers) {
  const auto out = scenes::simulate(
      text, {.pcpus = servers, .policy = "round_robin,slice=10s", .free = true, .trace = 0});
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  return static_cast<double>(out.sojourn.sum().count()) / static_cast<double>(out.sojourn.count()) / 1e6;
}

double erlang_c(int servers, double offered) {
  double b = 1;
  for (int k = 1; k <= servers; ++k) b = offered * b / (k + offered * b);
  const double rho = offered / servers;
  return b / (1 - rho + rho * b);
}

TEST(Queueing, MM1) {
  EXPECT_NEAR(sojourn(queue(1, "poisson = '1250us'", "2_000_000"), 1), 5.000, 0.1);
  EXPECT_NEAR(sojourn(queue(1, "poisson = '2ms'", "500_000"), 1), 2.000, 0.04);
}

TEST(Queueing, MD1IsHalfwayToNoWaiting) {
  std::string text = queue(1, "poisson = '1250us'", "1_000_000");
  text.replace(text.find("{ exponential = '1ms' }"), 23, "'1ms'");
  EXPECT_NEAR(sojourn(text, 1), 1 + 0.8 / (2 * (1 - 0.8)), 0.06);  // Pollaczek and Khinchine
}

TEST(Queueing, MMcFollowsErlangC) {
  EXPECT_NEAR(sojourn(queue(4, "poisson = '312500ns'", "1_000_000"), 4), 1 + erlang_c(4, 3.2) / (4 * 0.2), 0.035);
  EXPECT_NEAR(sojourn(queue(8, "poisson = '178571ns'", "1_000_000"), 8), 1 + erlang_c(8, 5.6) / (8 * 0.3), 0.022);
}

/// Four streams of jobs, each of which has a vCPU for every job that it may ever have at once: so jobs wait in
/// runqueues. `pinned`: each stream has a pCPU of its own.
double sojourn_of_four(bool pinned, Granularity granularity) {
  std::string text;
  for (const char* const i : {"0", "1", "2", "3"})
    text += std::string("[[vm]]\nname = 'v") + i + "'\nvcpus = 90\nscript = 's" + i + "'\n" +
            (pinned ? std::string("affinity = '") + i + "'\n" : "") + "[script.s" + i +
            "]\nrepeat = 'forever'\nphases = [{ serve = 'q" + i + "', do = [{ run = { exponential = '1ms' } }] }]\n" +
            "[[arrivals]]\nqueue = 'q" + i + "'\npoisson = '1250us'\njobs = 250_000\n";
  const auto out = scenes::simulate(text, {.pcpus = 4, .policy = "fifo,balance=none", .free = true, .trace = 0,
                                           .granularity = granularity});
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  return static_cast<double>(out.sojourn.sum().count()) / static_cast<double>(out.sojourn.count()) / 1e6;
}

TEST(Queueing, OneRunqueueFollowsErlangCAndManyAreAsManySingleServers) {
  const double single = 1 + erlang_c(4, 3.2) / (4 * 0.2), many = 1 / (1 - 0.8);
  EXPECT_NEAR(sojourn_of_four(false, Granularity::Machine), single, 0.03 * single);
  EXPECT_NEAR(sojourn_of_four(true, Granularity::Pcpu), many, 0.03 * many);
  EXPECT_NEAR(sojourn_of_four(true, Granularity::Machine), many, 0.03 * many) << "affinities divide the one into four";
}

}  // namespace
}  // namespace roost
