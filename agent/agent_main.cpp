// squall-agent: the reference engine as a daemon, and its command line for people.
#include "agent/command_line.h"
#include "engine/engine.h"

// The shipped one has no plants; squall-agent-planted (agent/planted_main.cpp) has.
int main(int argc, char** argv) { return squall::agent::run_command_line(argc, argv, nullptr); }
