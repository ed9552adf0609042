// KSUIDs: 27 characters of base62, a timestamp in front of random bits, so that ids made later sort
// later. The layout is that of segmentio/ksuid: 32 bits of seconds since 2014-05-13T16:53:20Z, then
// 128 bits of payload.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace squall {

using Ksuid = std::string;
// What a cloud calls an object of its own.
using NativeId = std::string;

// wall: the time to stamp; high and low: the 128 payload bits, from the caller's generator.
Ksuid make_ksuid(Instant wall, uint64_t high, uint64_t low);

}  // namespace squall
