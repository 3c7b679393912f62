#include "tools/cli/console.hpp"

#include <gtest/gtest.h>

#include "tests/kit/scratch_file.hpp"

namespace roost {
namespace {

/// What `write` leaves in the console's file.
template <typename Write>
std::string written(std::vector<std::string> vms, Write write) {
  const kit::ScratchFile file("printed");
  {
    auto console = Console::open({ConsoleMode::Kind::File, file.path()}, std::move(vms));
    write(**console);
    (*console)->finish();
  }
  return file.content();
}

TEST(Console, ModesAreWords) {
  EXPECT_EQ(parse_console_mode("auto")->kind, ConsoleMode::Kind::Auto);
  EXPECT_EQ(parse_console_mode("off")->kind, ConsoleMode::Kind::Off);
  EXPECT_EQ(parse_console_mode("file:a:b")->path, "a:b");
  for (const char* text : {"", "on", "file:", "file"}) EXPECT_FALSE(parse_console_mode(text)) << text;
}

TEST(Console, OneMachinesBytesGoOutAsTheyAre) {
  EXPECT_EQ(written({"a"}, [](Console& console) {
              const auto out = console.receiver(0);
              out("no prefix");
              out("\nnor end");
            }),
            "no prefix\nnor end");
}

TEST(Console, LinesOfSeveralDoNotMix) {
  EXPECT_EQ(written({"a", "b"}, [](Console& console) {
              const auto a = console.receiver(0), b = console.receiver(1);
              a("begun");
              b("whole\nlines\n");
              a(" and ended\nrest");
            }),
            "[b] whole\n[b] lines\n[a] begun and ended\n[a] rest\n");
}

TEST(Console, ALineWithoutEndIsShownInPieces) {
  const std::string text = written({"a", "b"}, [](Console& console) {
    console.receiver(0)(std::string(5000, 'x'));
  });
  EXPECT_EQ(text, "[a] " + std::string(4096, 'x') + "\n[a] " + std::string(904, 'x') + "\n");
}

TEST(Console, OffGoesNowhere) {
  auto console = Console::open({ConsoleMode::Kind::Off, ""}, {"a"});
  ASSERT_TRUE(console);
  EXPECT_EQ((*console)->receiver(0), nullptr);
}

}  // namespace
}  // namespace roost
