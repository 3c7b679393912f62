// Who is told to stop while it comes to something shared.

#include "vmm/workload/shared_object.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roost {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Silent final : StepSink {
  void wake(VcpuId) override {}
  void notice(VcpuId) override {}
  void confine(VcpuId, const PcpuSet&) override {}
};

struct Scene {
  Silent sink;
  ScriptWires wires{.sink = &sink};
  Waiter goes{wires, VcpuId{0}}, stays{wires, VcpuId{1}};
};

TEST(SharedObject, WhoIsDismissedTakesNothing) {
  const ObjectSpec spec;
  Scene scene;
  SharedObject signals(spec, 0), lock(spec, 0), barrier(spec, 1), queue(spec, 0);
  signals.signal(false);
  queue.offer(Time{} + Duration{7});
  scene.goes.dismiss();
  EXPECT_FALSE(signals.wait(scene.goes) || lock.lock(scene.goes) || barrier.arrive(scene.goes) ||
               queue.take(scene.goes));
  for (const SharedObject* const object : {&signals, &lock, &barrier, &queue}) {
    EXPECT_THAT(object->waiting(), IsEmpty());
    EXPECT_EQ(object->grants(), 0u);
  }
  EXPECT_TRUE(signals.wait(scene.stays) && lock.lock(scene.stays) && barrier.arrive(scene.stays) &&
              queue.take(scene.stays));
  EXPECT_EQ(scene.stays.job, Time{} + Duration{7});
}

TEST(SharedObject, WhoIsDismissedLeavesTheLineAndTheOthersKeepTheirOrder) {
  const ObjectSpec spec;
  Scene scene;
  Waiter last(scene.wires, VcpuId{2});
  SharedObject queue(spec, 0);
  EXPECT_FALSE(queue.take(scene.stays) || queue.take(scene.goes) || queue.take(last));
  scene.goes.dismiss();
  queue.dismiss();
  EXPECT_THAT(queue.waiting(), ElementsAre(VcpuId{1}, VcpuId{2}));
  for (int jobs = 0; jobs < 3; ++jobs) queue.offer(Time{});
  EXPECT_TRUE(scene.stays.take_grant() && last.take_grant());
  EXPECT_FALSE(scene.goes.take_grant());
  EXPECT_TRUE(queue.take(scene.stays)) << "the third has been kept";
}

}  // namespace
}  // namespace roost
