// What lies on a UFS disk, byte for byte, little-endian like the machines that this runs on. FreeBSD calls these struct fs, cg,
// ufs1_dinode, ufs2_dinode, and direct. "old" is what only UFS1 has; "_at" is an address in fragments, in a group or on the disk.
#pragma once
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define PACKED __attribute__((packed))

enum {
  ufs1_magic = 0x00011954,
  ufs2_magic = 0x19540119,
  group_magic = 0x00090255,
  root_inode = 2, // 0 and 1 are never used, and count as used
  direct_pointers = 12,
  pointer_count = 15,
  folder_chunk_bytes = 512, // no name in a folder lies across the end of one
};

struct summary {
  u32 folders, free_blocks, free_inodes, free_fragments;
} PACKED;

struct superblock {
  u32 unused1[2];
  u32 superblock_at, group_at, inodes_at, data_at; // in each group
  u32 old_group_offset, old_group_mask;
  u32 old_time, old_size, old_data_size;
  u32 groups, block_bytes, fragment_bytes, fragments_per_block;
  u32 reserve_percent, old_rotation_delay, old_rotations;
  u32 block_mask, fragment_mask, block_shift, fragment_shift;
  u32 longest_run, file_blocks_per_group;
  u32 fragments_per_block_shift, sectors_per_fragment_shift;
  u32 superblock_bytes, unused2[2];
  u32 pointers_per_block, inodes_per_block, old_sectors_per_fragment;
  u32 optimization, old_sectors_with_spares, old_interleave, old_skew;
  u32 id[2];
  u32 old_summaries_at, summaries_bytes, group_bytes, unused3;
  u32 old_sectors_per_track, old_sectors_per_cylinder, old_cylinders, old_cylinders_per_group;
  u32 inodes_per_group, fragments_per_group;
  struct summary old_totals;
  u8 modified, clean, read_only, old_flags;
  char mounted_on[468], label[32];
  u8 unused4[148];
  u32 largest_block;
  u64 unused5[17];
  u64 standard_at; // in bytes
  u64 folders, free_blocks, free_inodes, free_fragments, unused6[4];
  s64 time;
  u64 size, data_size, summaries_at;
  u8 unused7[92];
  u32 average_file_bytes, average_folder_files;
  u8 unused8[112];
  u32 longest_cluster, fast_link_bytes, old_inode_format;
  u64 largest_file;
  u64 inverted_block_mask, inverted_fragment_mask;
  u32 unused9, old_table_format, old_positions, unused10[2];
  u32 magic;
} PACKED;

struct group {
  u32 unused1, magic, old_time, index;
  u16 old_cylinders, old_inodes;
  u32 fragments;
  struct summary summary;
  u32 next_block, next_fragment, next_inode;
  u32 free_runs[8]; // of so many fragments in a block that is partly used
  // Bytes from the beginning of this structure.
  u32 old_totals, old_positions, used_inodes, free_fragments, end;
  u32 cluster_counts, free_clusters, clusters;
  u32 inodes, ready_inodes, unused2[3];
  s64 time;
  u64 unused3[3];
} PACKED;

struct inode1 {
  u16 mode, links;
  u32 unused1;
  u64 size;
  struct { s32 seconds; u32 nanoseconds; } PACKED accessed, modified, changed;
  u32 pointers[pointer_count];
  u32 flags, sectors, generation, user, group, unused2[2];
} PACKED;

struct inode2 {
  u16 mode, links;
  u32 user, group, block_bytes;
  u64 size, sectors;
  s64 accessed, modified, changed, born;
  u32 nanoseconds[4], generation, unused1[3];
  u64 unused2[2];
  u64 pointers[pointer_count];
  u64 unused3[3];
} PACKED;

struct name {
  u32 inode;
  u16 record_bytes;
  u8 type, length;
  char text[]; // with a zero behind it, filled up to a multiple of 4
} PACKED;

_Static_assert(sizeof(struct superblock) == 1376, "superblock");
_Static_assert(sizeof(struct group) == 168, "group");
_Static_assert(sizeof(struct inode1) == 128, "inode of UFS1");
_Static_assert(sizeof(struct inode2) == 256, "inode of UFS2");
