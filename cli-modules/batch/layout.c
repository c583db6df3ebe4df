/* What names say: BIDS (bids-specification.readthedocs.io, "Filename template"), BraTS 2018 to 2023 (the challenges' data pages),
 * or any tree. */
#include "batch/dataset.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *dkg_layout_name(dkg_layout layout)
{
    return layout == DKG_LAYOUT_BIDS ? "bids" : layout == DKG_LAYOUT_BRATS ? "brats" : "tree";
}

static bool ends(const char *name, const char *end)
{
    size_t n = strlen(name), e = strlen(end);
    return n > e && strcasecmp(name + n - e, end) == 0;
}

static const char *base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Length of the ending that makes a name one of a volume, 0 for other files. */
static size_t volume_ending(const char *name)
{
    static const char *const endings[] = {".nii.gz", ".nii", ".hdr.gz", ".hdr"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends(name, endings[i])) return strlen(endings[i]);
    return 0;
}

static bool is_brats_case(const char *folder)
{
    static const char *const starts[] = {"Brats17_", "Brats18_", "BraTS19_", "BraTS20_", "BraTS2021_", "BraTS-"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(folder, starts[i], strlen(starts[i])) == 0) return true;
    return false;
}

static bool is_bids_subject(const char *folder) { return strncmp(folder, "sub-", 4) == 0 && isalnum((unsigned char)folder[4]); }

/* The first folder of the path that `fits`, into out. */
static bool find_folder(const char *path, bool (*fits)(const char *folder), char *out, size_t size)
{
    for (const char *at = path; *at;) {
        size_t n = strcspn(at, "/");
        if (at[n] != '/') return false; /* the file itself */
        char folder[64];
        (void)snprintf(folder, sizeof folder, "%.*s", (int)n, at);
        if (n < sizeof folder && fits(folder)) {
            (void)snprintf(out, size, "%s", folder);
            return true;
        }
        at += n + 1;
    }
    return false;
}

dkg_layout dkg_layout_guess(char *const *paths, size_t count)
{
    char folder[64];
    for (size_t i = 0; i < count; i++) {
        if (find_folder(paths[i], is_bids_subject, folder, sizeof folder)) return DKG_LAYOUT_BIDS;
        if (find_folder(paths[i], is_brats_case, folder, sizeof folder)) return DKG_LAYOUT_BRATS;
    }
    return DKG_LAYOUT_TREE;
}

/* BraTS: "<case>_flair.nii" up to 2021, "<case>-t2f.nii.gz" since 2023. The mask of case 355 of 2020 bears another name. */
static void brats_modality(dkg_entry *e, const char *name, size_t stem)
{
    size_t n = strlen(e->subject);
    if (strncmp(name, e->subject, n) == 0 && (name[n] == '_' || name[n] == '-') && stem > n + 1 && stem - n - 1 < sizeof e->modality) {
        (void)snprintf(e->modality, sizeof e->modality, "%.*s", (int)(stem - n - 1), name + n + 1);
        return;
    }
    e->odd = true;
    if (stem > 4 && strncasecmp(name + stem - 4, "segm", 4) == 0) (void)snprintf(e->modality, sizeof e->modality, "seg");
}

/* BIDS: the suffix is what follows the last underscore. */
static void bids_modality(dkg_entry *e, const char *name, size_t stem)
{
    size_t at = stem;
    while (at > 0 && name[at - 1] != '_') at--;
    if (at > 0 && stem - at < sizeof e->modality)
        (void)snprintf(e->modality, sizeof e->modality, "%.*s", (int)(stem - at), name + at);
    else
        e->odd = true;
}

/* The first `n` characters of the path, then `rest`; free() it. */
static char *begin_of(const char *path, size_t n, const char *rest)
{
    char *text = malloc(n + strlen(rest) + 1);
    if (!text) return NULL;
    memcpy(text, path, n);
    return strcpy(text + n, rest) - n;
}

/* "sub-01/anat/sub-01_T1w.nii.gz" -> "sub-01/anat/sub-01_desc-encrypted_T1w.nii" in BIDS, which has no place for ".dkg";
 * "x.nii.gz" -> "x.dkg.nii" elsewhere; other files keep their whole name: "x.json" -> "x.json.dkg.nii". */
static char *output_name(const dkg_entry *e, dkg_layout layout, size_t ending)
{
    const size_t n = strlen(e->path) - ending;
    char rest[64];
    if (layout != DKG_LAYOUT_BIDS || !e->volume || !e->modality[0]) return begin_of(e->path, n, ".dkg.nii");
    (void)snprintf(rest, sizeof rest, "_desc-encrypted_%s.nii", e->modality);
    return begin_of(e->path, n - strlen(e->modality) - 1, rest);
}

bool dkg_entry_describe(dkg_entry *e, dkg_layout layout)
{
    const char *name = base(e->path);
    const size_t ending = volume_ending(name), stem = strlen(name) - ending;
    e->volume = ending > 0;
    e->odd = false;
    e->subject[0] = e->modality[0] = '\0';
    if (layout == DKG_LAYOUT_BIDS && find_folder(e->path, is_bids_subject, e->subject, sizeof e->subject)) {
        if (e->volume) bids_modality(e, name, stem);
    } else if (layout == DKG_LAYOUT_BRATS && find_folder(e->path, is_brats_case, e->subject, sizeof e->subject)) {
        if (e->volume) brats_modality(e, name, stem);
    } else {
        size_t n = strcspn(e->path, "/");
        if (e->path[n] == '/' && n < sizeof e->subject) (void)snprintf(e->subject, sizeof e->subject, "%.*s", (int)n, e->path);
        e->odd = layout != DKG_LAYOUT_TREE && e->volume;
    }
    e->output = output_name(e, layout, ending);
    return e->output != NULL;
}
