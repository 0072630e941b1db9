// analysis/queries/run_query.hpp -- asks a results file. Nothing a query says can change the file:
// the connection is opened for reading, and an authorizer refuses everything but SELECT and
// harmless PRAGMAs.
#pragma once

#include <string>
#include <vector>

#include "sim/record/table.hpp"

namespace headroom {

struct QueryArgument {
  std::string name;   // of a parameter :name
  std::string value;  // bound as an integer or a real when it reads as one, else as text
};

// `query` is the name of a named query or one SQL statement. Throws UserError for a file that
// cannot be read, a statement that is wrong or would write, an unknown name, and an argument that
// the query does not have. The rows are held in memory.
Table run_query(const std::string& database_path, const std::string& query,
                const std::vector<QueryArgument>& arguments = {});

}  // namespace headroom
