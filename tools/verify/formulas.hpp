// The room: the published formulas whose predictions `roost verify` compares with. Times are in mean services.
#pragma once

namespace roost::theory {

/// Mean time in an M/M/c queue at load `rho` of each server: 1 + C / (c (1 - rho)), C by Erlang's recursion (1917).
constexpr double mm_c(int servers, double rho) {
  const double offered = servers * rho;
  double lost = 1;
  for (int k = 1; k <= servers; ++k) lost = offered * lost / (k + offered * lost);
  const double waits = lost / (1 - rho + rho * lost);
  return 1 + waits / (servers * (1 - rho));
}

/// Mean time in an M/G/1 queue, FIFO, cv2 the squared coefficient of variation (Pollaczek 1930, Khinchine 1932).
constexpr double mg1(double rho, double cv2) { return 1 + rho * (1 + cv2) / (2 * (1 - rho)); }

/// The same of many queues of which each job joins the shorter of two: the sum over i >= 1 of rho^(2^i - 2)
/// (Mitzenmacher 1996).
constexpr double two_choices(double rho) {
  double sum = 0, power = rho * rho;  // rho^(2^i)
  for (int i = 1; i < 20; ++i, power *= power) sum += power / (rho * rho);
  return sum;
}

/// Throughput of `clients` that think for `think` and need one server for `service`, both exponential: exact mean
/// value analysis (Reiser, Lavenberg 1980).
constexpr double machine_repairman(int clients, double think, double service) {
  double queue = 0, throughput = 0;
  for (int n = 1; n <= clients; ++n) {
    const double response = service * (1 + queue);
    throughput = n / (think + response);
    queue = throughput * response;
  }
  return throughput;
}

/// Share of wall that a sibling spins for a lock that is held for `z` in a fraction `f` of its holder's time, where the
/// holder has every other turn of `q` and the sibling comes each `t`: while the holder is away, and while it runs.
constexpr double lock_holder_waste(double f, double z, double q, double t) {
  return f * (q - t) / (2 * q) + f * z / (4 * t);
}

/// The same where the sibling comes out after spinning for `w`, and the holder then runs at once.
constexpr double lock_holder_waste_directed(double f, double z, double q, double t, double w) {
  return f * z / (4 * t) + f / (1 - f) * (w + z / 2) / (2 * q);
}

}  // namespace roost::theory
