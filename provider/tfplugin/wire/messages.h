// Between the plain types of the service and the messages of the protocol. Heavy: for wire/ only.
#pragma once

#include "proto/tfplugin6/tfplugin6.pb.h"
#include "provider/tfplugin/service.h"

namespace squall::tfplugin::wire {

using Problems = google::protobuf::RepeatedPtrField<tfplugin6::Diagnostic>;

// Points into the message.
WireValue value_of(const tfplugin6::DynamicValue& message);

void write(const Diagnostics& diagnostics, Problems* out);
void write(const std::vector<std::string>& path, tfplugin6::AttributePath* out);
void write(const Block& block, tfplugin6::Schema* out);
void write(tfplugin6::ServerCapabilities* out);

}  // namespace squall::tfplugin::wire
