// The room: what repetitions tell of a figure: its mean, and how far the true one may be from it.
#pragma once

#include <span>

namespace roost {

struct Estimate {
  double mean = 0;
  double half_width = 0;  // of the interval (Student's t, two-sided); 0 for a single sample
};
/// `confidence` in (0, 1); the samples are independent.
Estimate estimate(std::span<const double> samples, double confidence = 0.95);

}  // namespace roost
