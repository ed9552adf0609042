// Between the cloud's control interface and the messages of proto/squall/controller/v1. Heavy: for
// wire/ only.
//
// What is read is checked as far as the types go; the rest is for the cloud to judge. The error
// names the member and what would be right.
#pragma once

#include "base/result.h"
#include "cloud/controller.h"
#include "proto/squall/controller/v1/controller.pb.h"

namespace squall::cloud_server {

namespace controller_v1 = controller::v1;

Result<CallKind> read(controller_v1::CallKind message);
Result<cloud::FaultRule> read(const controller_v1::FaultRule& message);
Result<cloud::ProgrammedResponse> read(const controller_v1::ProgramRequest& message);
Result<cloud::Behaviours> read(const controller_v1::Behaviours& message);
Result<JsonArray> read_patch(const std::string& text);

controller_v1::CallKind write(CallKind kind);
void write(const cloud::CloudObject& object, controller_v1::CloudObject* out);
void write(const cloud::LogRecord& record, controller_v1::LogRecord* out);
void write(const cloud::FaultTable& table, controller_v1::FaultTableResponse* out);

}  // namespace squall::cloud_server
