#include "sim/serving/request.hpp"

namespace headroom {

const char* name_of(RequestStatus status) {
  switch (status) {
    case RequestStatus::kPending:
      return "pending";
    case RequestStatus::kFinished:
      return "finished";
    case RequestStatus::kRejected:
      return "rejected";
    case RequestStatus::kCancelled:
      return "cancelled";
  }
  return "";
}

const char* name_of(RejectReason reason) {
  switch (reason) {
    case RejectReason::kNone:
      return "";
    case RejectReason::kExceedsKvCapacity:
      return "needs more KV blocks than the replica has";
    case RejectReason::kExceedsMaxModelLen:
      return "prompt leaves no room for output within max_model_len";
  }
  return "";
}

}  // namespace headroom
