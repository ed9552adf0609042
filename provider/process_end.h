// What ends a process that serves others: somebody in it asks, a signal comes, or who started it is
// gone.
#pragma once

#include <initializer_list>
#include <memory>

#include "base/result.h"

namespace squall {

class ProcessEnd {
 public:
  // From now on these signals end this and nothing else, whichever threads there are; SIGPIPE is
  // ignored. One at a time.
  static Result<std::unique_ptr<ProcessEnd>> prepare(std::initializer_list<int> signals);
  ~ProcessEnd();
  ProcessEnd(const ProcessEnd&) = delete;
  ProcessEnd& operator=(const ProcessEnd&) = delete;

  // From any thread.
  void ask() const;

  // Each returns when the end has been asked for, which a signal does too …
  void wait() const;
  // … or the standard input has ended. What comes from there is dropped.
  void wait_with_input() const;
  // … or the parent has died. That is looked at once a second.
  void wait_with_parent() const;

 private:
  explicit ProcessEnd(int asked) : asked_(asked) {}
  const int asked_;
};

}  // namespace squall
