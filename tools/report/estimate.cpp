#include "tools/report/estimate.hpp"

#include <cmath>

#include <boost/math/distributions/students_t.hpp>

namespace roost {

Estimate estimate(std::span<const double> samples, double confidence) {
  Estimate out;
  const auto n = static_cast<double>(samples.size());
  for (const double sample : samples) out.mean += sample / n;
  if (samples.size() < 2) return out;
  double squares = 0;
  for (const double sample : samples) squares += (sample - out.mean) * (sample - out.mean);
  const double t = quantile(boost::math::students_t(n - 1), (1 + confidence) / 2);
  out.half_width = t * std::sqrt(squares / (n - 1) / n);
  return out;
}

}  // namespace roost
