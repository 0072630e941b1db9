// analysis/calibrate/data_files.hpp -- which published files of GEMM and layer times there are
// below a data folder, on which GPU of the catalogue each was taken, and all of their rows. The
// layout of the folder is that of the data's README: SOURCE/.../GPU/.../FILE.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/measured/gemm_layouts.hpp"

namespace headroom {

struct DataFile {
  std::string path;      // to open
  std::string shown_as;  // below the data folder
  GemmLayout layout = GemmLayout::kSimple;
  std::string gpu;    // of the catalogue
  std::string model;  // as the folder calls it; "" for plain sweeps
  int tensor = 1;     // ranks the model was cut for, where the folder says so
};

// Sorted by path. Files of GPUs that the catalogue lacks (TPU, MI210) and of models whose shape is
// needed and unknown are left out. UserError when the folder cannot be read.
std::vector<DataFile> gemm_data_files(const std::string& data_folder);

// All rows of a file. Pre: its GPU is in the catalogue.
LayerMeasurements read_data_file(const DataFile& file);

// A user's file: any layout, told by its columns. `model`: of the catalogue, for layouts that name
// layers and not shapes, "" otherwise. UserError for an unknown GPU or model, ConfigError at
// FILE:LINE for what is wrong in the file.
LayerMeasurements read_users_file(const std::string& path, const std::string& gpu,
                                  const std::string& model, int tensor);

// All rows of the files, in their order.
LayerMeasurements read_data_files(const std::vector<DataFile>& files);

}  // namespace headroom
