#include "tools/cli/standard_files.hpp"
#include "tools/commands/command_line.hpp"

int main(int argc, char** argv) {
  roost::hold_standard_files();
  return roost::command_line(argc, argv);
}
