#include "CLightGBM.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void clightgbm_discard_message(const char *message) { (void)message; }

clightgbm_load_result clightgbm_load(const char *path, clightgbm_functions *out, char *detail, size_t detailLength) {
    setenv("OMP_WAIT_POLICY", "passive", 0);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        snprintf(detail, detailLength, "%s", reason == NULL ? "unknown reason" : reason);
        return clightgbm_load_cannot_open;
    }
    const struct {
        const char *name;
        size_t offset;
    } wanted[] = {
        {"LGBM_GetLastError", offsetof(clightgbm_functions, getLastError)},
        {"LGBM_RegisterLogCallback", offsetof(clightgbm_functions, registerLogCallback)},
        {"LGBM_SampleIndices", offsetof(clightgbm_functions, sampleIndices)},
        {"LGBM_GetSampleCount", offsetof(clightgbm_functions, getSampleCount)},
        {"LGBM_DatasetCreateFromSampledColumn", offsetof(clightgbm_functions, datasetCreateFromSampledColumn)},
        {"LGBM_DatasetCreateByReference", offsetof(clightgbm_functions, datasetCreateByReference)},
        {"LGBM_DatasetPushRows", offsetof(clightgbm_functions, datasetPushRows)},
        {"LGBM_DatasetSetField", offsetof(clightgbm_functions, datasetSetField)},
        {"LGBM_DatasetFree", offsetof(clightgbm_functions, datasetFree)},
        {"LGBM_BoosterCreate", offsetof(clightgbm_functions, boosterCreate)},
        {"LGBM_BoosterLoadModelFromString", offsetof(clightgbm_functions, boosterLoadModelFromString)},
        {"LGBM_BoosterFree", offsetof(clightgbm_functions, boosterFree)},
        {"LGBM_BoosterAddValidData", offsetof(clightgbm_functions, boosterAddValidation)},
        {"LGBM_BoosterUpdateOneIter", offsetof(clightgbm_functions, boosterUpdateOneIteration)},
        {"LGBM_BoosterGetCurrentIteration", offsetof(clightgbm_functions, boosterGetCurrentIteration)},
        {"LGBM_BoosterGetNumClasses", offsetof(clightgbm_functions, boosterGetClassCount)},
        {"LGBM_BoosterGetNumFeature", offsetof(clightgbm_functions, boosterGetFeatureCount)},
        {"LGBM_BoosterGetEvalCounts", offsetof(clightgbm_functions, boosterGetEvaluationCount)},
        {"LGBM_BoosterGetEvalNames", offsetof(clightgbm_functions, boosterGetEvaluationNames)},
        {"LGBM_BoosterGetEval", offsetof(clightgbm_functions, boosterGetEvaluation)},
        {"LGBM_BoosterSaveModelToString", offsetof(clightgbm_functions, boosterSaveModelToString)},
        {"LGBM_BoosterFeatureImportance", offsetof(clightgbm_functions, boosterFeatureImportance)},
        {"LGBM_BoosterCalcNumPredict", offsetof(clightgbm_functions, boosterCalculatePredictionCount)},
        {"LGBM_BoosterPredictForMat", offsetof(clightgbm_functions, boosterPredictForMatrix)},
    };
    const size_t count = sizeof(wanted) / sizeof(wanted[0]);
    _Static_assert(sizeof(wanted) / sizeof(wanted[0]) * sizeof(void *) == sizeof(clightgbm_functions),
                   "every function is looked up");
    for (size_t index = 0; index < count; index++) {
        void *symbol = dlsym(library, wanted[index].name);
        if (symbol == NULL) {
            snprintf(detail, detailLength, "%s", wanted[index].name);
            dlclose(library);
            return clightgbm_load_symbol_missing;
        }
        memcpy((char *)out + wanted[index].offset, &symbol, sizeof(symbol));
    }
    return clightgbm_load_done;
}
