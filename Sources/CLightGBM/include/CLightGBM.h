#ifndef EAGLE_CLIGHTGBM_H
#define EAGLE_CLIGHTGBM_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/* The part of LightGBM's C API (include/LightGBM/c_api.h of its source distribution, version 4) that we use.
 * Every function returns 0, or -1 with the reason in getLastError on the same thread. */

enum {
    clightgbm_float32 = 0,
    clightgbm_predict_response = 0,
    clightgbm_predict_raw_score = 1,
    clightgbm_predict_leaf_index = 2,
    clightgbm_predict_contributions = 3,
    clightgbm_importance_gain = 1,
};

typedef void *clightgbm_handle;

typedef struct {
    const char *_Nonnull (*_Nonnull getLastError)(void);
    int (*_Nonnull registerLogCallback)(void (*_Nonnull callback)(const char *message));

    int (*_Nonnull sampleIndices)(int32_t rows, const char *parameters, void *out, int32_t *count);
    int (*_Nonnull getSampleCount)(int32_t rows, const char *parameters, int *out);
    int (*_Nonnull datasetCreateFromSampledColumn)(double *_Nullable *_Nonnull values, int *_Nullable *_Nonnull indices,
                                          int32_t columns, const int *counts, int32_t sampleRows, int32_t rows,
                                          int64_t rowsOfAllMachines, const char *parameters,
                                          clightgbm_handle _Nullable *_Nonnull out);
    int (*_Nonnull datasetCreateByReference)(clightgbm_handle reference, int64_t rows,
                                    clightgbm_handle _Nullable *_Nonnull out);
    int (*_Nonnull datasetPushRows)(clightgbm_handle dataset, const void *_Nullable data, int type, int32_t rows, int32_t columns,
                           int32_t startRow);
    int (*_Nonnull datasetSetField)(clightgbm_handle dataset, const char *name, const void *_Nullable data, int count,
                           int type);
    int (*_Nonnull datasetFree)(clightgbm_handle dataset);

    int (*_Nonnull boosterCreate)(clightgbm_handle training, const char *parameters, clightgbm_handle _Nullable *_Nonnull out);
    int (*_Nonnull boosterLoadModelFromString)(const char *text, int *iterations, clightgbm_handle _Nullable *_Nonnull out);
    int (*_Nonnull boosterFree)(clightgbm_handle booster);
    int (*_Nonnull boosterAddValidation)(clightgbm_handle booster, clightgbm_handle validation);
    int (*_Nonnull boosterUpdateOneIteration)(clightgbm_handle booster, int *isFinished);
    int (*_Nonnull boosterGetCurrentIteration)(clightgbm_handle booster, int *out);
    int (*_Nonnull boosterGetClassCount)(clightgbm_handle booster, int *out);
    int (*_Nonnull boosterGetFeatureCount)(clightgbm_handle booster, int *out);
    int (*_Nonnull boosterGetEvaluationCount)(clightgbm_handle booster, int *out);
    int (*_Nonnull boosterGetEvaluationNames)(clightgbm_handle booster, int length, int *count, size_t bufferLength,
                                     size_t *bufferLengthNeeded, char *_Nullable *_Nullable names);
    int (*_Nonnull boosterGetEvaluation)(clightgbm_handle booster, int data, int *count, double *_Nullable out);
    int (*_Nonnull boosterSaveModelToString)(clightgbm_handle booster, int startIteration, int iterations, int importance,
                                    int64_t bufferLength, int64_t *lengthNeeded, char *_Nullable out);
    int (*_Nonnull boosterFeatureImportance)(clightgbm_handle booster, int iterations, int importance, double *out);
    int (*_Nonnull boosterCalculatePredictionCount)(clightgbm_handle booster, int rows, int predictType, int startIteration,
                                           int iterations, int64_t *out);
    int (*_Nonnull boosterPredictForMatrix)(clightgbm_handle booster, const void *data, int type, int32_t rows,
                                   int32_t columns, int isRowMajor, int predictType, int startIteration,
                                   int iterations, const char *parameters, int64_t *count, double *out);
} clightgbm_functions;

typedef enum {
    clightgbm_load_done,
    clightgbm_load_cannot_open,
    clightgbm_load_symbol_missing,
} clightgbm_load_result;

/* Opens the library at `path` for as long as the process runs and finds the functions in it.
 *
 * `detail` receives the loader's words, or the name of the first function that is missing. Sets
 * OMP_WAIT_POLICY=passive beforehand where it is not set: OpenMP reads it once, when it is loaded. */
clightgbm_load_result clightgbm_load(const char *path, clightgbm_functions *out, char *detail, size_t detailLength);

/* Takes the library's messages and drops them; every fault comes back as an error. */
void clightgbm_discard_message(const char *message);

#pragma clang assume_nonnull end

#endif
