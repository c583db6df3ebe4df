/* What the names of BIDS and BraTS data sets say. The names are those of the challenges' and the specification's own pages. */
#include <stdlib.h>
#include <string.h>

#include "batch/dataset.h"
#include "support.h"

typedef struct row {
    dkg_layout layout;
    const char *path, *subject, *modality, *output;
    bool volume, odd;
} row;

static const row rows[] = {
    {DKG_LAYOUT_BIDS, "sub-01/anat/sub-01_T1w.nii.gz", "sub-01", "T1w", "sub-01/anat/sub-01_desc-encrypted_T1w.nii", true, false},
    {DKG_LAYOUT_BIDS, "sub-A7/ses-2/func/sub-A7_ses-2_task-rest_run-1_bold.nii", "sub-A7", "bold",
     "sub-A7/ses-2/func/sub-A7_ses-2_task-rest_run-1_desc-encrypted_bold.nii", true, false},
    {DKG_LAYOUT_BIDS, "sub-01/anat/sub-01_T1w.json", "sub-01", "", "sub-01/anat/sub-01_T1w.json.dkg.nii", false, false},
    {DKG_LAYOUT_BIDS, "participants.tsv", "", "", "participants.tsv.dkg.nii", false, false},
    {DKG_LAYOUT_BIDS, "derivatives/atlas.nii.gz", "derivatives", "", "derivatives/atlas.dkg.nii", true, true},
    {DKG_LAYOUT_BRATS, "HGG/Brats18_CBICA_AAB_1/Brats18_CBICA_AAB_1_t1ce.nii.gz", "Brats18_CBICA_AAB_1", "t1ce",
     "HGG/Brats18_CBICA_AAB_1/Brats18_CBICA_AAB_1_t1ce.dkg.nii", true, false},
    {DKG_LAYOUT_BRATS, "BraTS20_Training_001/BraTS20_Training_001_flair.nii", "BraTS20_Training_001", "flair",
     "BraTS20_Training_001/BraTS20_Training_001_flair.dkg.nii", true, false},
    /* the mask of case 355 of 2020 bears another name */
    {DKG_LAYOUT_BRATS, "BraTS20_Training_355/W39_1998.09.19_Segm.nii", "BraTS20_Training_355", "seg",
     "BraTS20_Training_355/W39_1998.09.19_Segm.dkg.nii", true, true},
    {DKG_LAYOUT_BRATS, "BraTS2021_00000/BraTS2021_00000_seg.nii.gz", "BraTS2021_00000", "seg",
     "BraTS2021_00000/BraTS2021_00000_seg.dkg.nii", true, false},
    {DKG_LAYOUT_BRATS, "ASNR-MICCAI-BraTS2023-GLI-Challenge-TrainingData/BraTS-GLI-00000-000/BraTS-GLI-00000-000-t1n.nii.gz",
     "BraTS-GLI-00000-000", "t1n",
     "ASNR-MICCAI-BraTS2023-GLI-Challenge-TrainingData/BraTS-GLI-00000-000/BraTS-GLI-00000-000-t1n.dkg.nii", true, false},
    {DKG_LAYOUT_BRATS, "survival_data.csv", "", "", "survival_data.csv.dkg.nii", false, false},
    {DKG_LAYOUT_TREE, "a/b/scan.HDR", "a", "", "a/b/scan.dkg.nii", true, false},
    {DKG_LAYOUT_TREE, "scan.nii.gz", "", "", "scan.dkg.nii", true, false},
    {DKG_LAYOUT_TREE, "notes.txt", "", "", "notes.txt.dkg.nii", false, false},
};

START_TEST(names)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *r = &rows[i];
        dkg_entry e = {.path = strdup(r->path)};
        ck_assert(dkg_entry_describe(&e, r->layout));
        ck_assert_str_eq(e.subject, r->subject);
        ck_assert_str_eq(e.modality, r->modality);
        ck_assert_str_eq(e.output, r->output);
        ck_assert_msg(e.volume == r->volume && e.odd == r->odd, "%s", r->path);
        free(e.path);
        free(e.output);
    }
}
END_TEST

START_TEST(layouts_are_recognised)
{
    char bids[] = "sub-01/anat/sub-01_T1w.nii", brats[] = "x/BraTS2021_00001/y.nii", file[] = "sub-01_T1w.nii", odd[] = "sub-/x.nii";
    char *one[] = {bids}, *two[] = {file, brats}, *three[] = {file, odd};
    ck_assert_int_eq(dkg_layout_guess(one, 1), DKG_LAYOUT_BIDS);
    ck_assert_int_eq(dkg_layout_guess(two, 2), DKG_LAYOUT_BRATS);
    ck_assert_int_eq(dkg_layout_guess(three, 2), DKG_LAYOUT_TREE);
}
END_TEST

/* Every shard gets about its part, and no subject is torn apart. */
START_TEST(shards)
{
    enum { SUBJECTS = 40, FILES = 4, SHARDS = 4 };
    dkg_entry entries[SUBJECTS * FILES] = {{0}};
    uint64_t sums[SHARDS + 1] = {0};
    for (size_t i = 0; i < SUBJECTS * FILES; i++) {
        entries[i].bytes = 1000 + 10 * (i % 7);
        entries[i].subject[0] = (char)('!' + i / FILES);
    }
    dkg_dataset d = {.entries = entries, .count = SUBJECTS * FILES};
    dkg_dataset_deal(&d, SHARDS);
    for (size_t i = 0; i < d.count; i++) {
        ck_assert_uint_ge(entries[i].shard, 1);
        ck_assert_uint_le(entries[i].shard, SHARDS);
        ck_assert_uint_eq(entries[i].shard, entries[i / FILES * FILES].shard);
        sums[entries[i].shard] += entries[i].bytes;
    }
    for (int s = 1; s <= SHARDS; s++) ck_assert(sums[s] > 30000 && sums[s] < 52000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("batch_layout");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, names);
    tcase_add_test(tests, layouts_are_recognised);
    tcase_add_test(tests, shards);
    suite_add_tcase(suite, tests);
    return test_run(suite, (Suite *)0);
}
