// sim/record/schema.hpp -- the tables and views of a results file: schema.sql and views.sql, as
// text.
#pragma once

#include <string>

namespace headroom {

std::string schema_sql();

}  // namespace headroom
