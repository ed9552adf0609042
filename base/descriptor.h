// A file descriptor that is closed with its owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace squall {

class Descriptor {
 public:
  Descriptor() = default;
  // What a system call returned; negative: it failed, and there is none.
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this == &other) return *this;
    close();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }

  bool ok() const { return number_ >= 0; }
  int number() const { return number_; }
  // Somebody else owns it from now on.
  int release() { return std::exchange(number_, -1); }
  void close() {
    if (ok()) ::close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

}  // namespace squall
