#include "sim/record/schema.hpp"

namespace headroom {
namespace embedded {
extern const char* const kSchemaSql;
extern const char* const kViewsSql;
}  // namespace embedded

std::string schema_sql() { return std::string(embedded::kSchemaSql) + embedded::kViewsSql; }

}  // namespace headroom
