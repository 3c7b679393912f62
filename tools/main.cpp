#include "tools/cli/command_line.hpp"

int main(int argc, char** argv) { return roost::command_line(argc, argv); }
