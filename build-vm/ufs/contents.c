// The blocks of one file, with the blocks of pointers that lead to them.
#define _GNU_SOURCE
#include "mkufs.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const u8 zeros[block_bytes];

/** The offset of the next byte that is no hole, or the end. Without it, a file of a terabyte would be read to its end. */
static u64 next_data(const struct content *content, u64 offset) {
  if (content->file < 0) return offset;
  off_t found = lseek(content->file, (off_t)offset, SEEK_DATA);
  return found < 0 ? content->size : (u64)found;
}

/** The bytes of a block in a buffer of its own, zeros behind the end. */
static u8 *read_block(const struct content *content, const struct node *node, u64 number, u32 length) {
  static u8 buffer[block_bytes];
  u64 offset = number << block_shift;
  memset(buffer, 0, sizeof buffer);
  if (content->file < 0) {
    memcpy(buffer, content->bytes + offset, length);
    return buffer;
  }
  for (u32 done = 0; done < length;) {
    ssize_t got = pread(content->file, buffer + done, length - done, (off_t)(offset + done));
    if (got < 0) fail(trouble, "%s cannot be read: %m", path_of(node));
    if (got == 0) fail(trouble, "%s became shorter while it was read", path_of(node));
    done += (u32)got;
  }
  return buffer;
}

/** Its address, or 0 for a hole. */
static u32 store_block(struct content *content, const struct node *node, u64 number) {
  u64 offset = number << block_shift;
  bool is_last = content->size - offset <= block_bytes;
  u32 length = is_last ? (u32)(content->size - offset) : block_bytes;
  // FreeBSD's fsck shortens files that end with a hole.
  if (!is_last && next_data(content, offset) >= offset + block_bytes) return 0;
  const u8 *bytes = read_block(content, node, number, length);
  if (!is_last && memcmp(bytes, zeros, block_bytes) == 0) return 0;
  // Only blocks that the inode itself points to may be parts of one.
  u32 fragments = number < direct_pointers ? (length + fragment_bytes - 1) >> fragment_shift : fragments_per_block;
  u32 address = take_fragments(fragments);
  write_at((u64)address << fragment_shift, bytes, (size_t)fragments << fragment_shift);
  content->sectors += fragments * sectors_per_fragment;
  return address;
}

/** Stores all that a pointer of so many levels leads to, from block `first` on; its address, or 0 where all of that is a hole. */
static u32 store_below(struct content *content, const struct node *node, u64 first, u32 level) {
  if (level == 0) return store_block(content, node, first);
  u64 blocks = (content->size + block_bytes - 1) >> block_shift;
  u64 offset = first << block_shift, span = (u64)1 << (level - 1) * layout.pointer_shift;
  u64 end = first + (span << layout.pointer_shift);
  // A hole, as long as the pointer reaches.
  if (blocks > end && next_data(content, offset) >= end << block_shift) return 0;
  u8 *pointers = allocated(block_bytes);
  u32 pointer_bytes = block_bytes >> layout.pointer_shift;
  bool is_hole = true;
  for (u64 at = first, index = 0; at < end && at < blocks; at += span, index++) {
    u32 address = store_below(content, node, at, level - 1);
    memcpy(pointers + index * pointer_bytes, &address, sizeof address); // the low half, where they have 64 bits
    if (address != 0) is_hole = false;
  }
  u32 address = is_hole ? 0 : take_fragments(fragments_per_block);
  if (!is_hole) {
    write_at((u64)address << fragment_shift, pointers, block_bytes);
    content->sectors += fragments_per_block * sectors_per_fragment;
  }
  free(pointers);
  return address;
}

void store(struct content *content, const struct node *node) {
  u64 blocks = (content->size + block_bytes - 1) >> block_shift;
  u64 first = 0;
  for (u32 index = 0; index < pointer_count && first < blocks; index++) {
    u32 level = index < direct_pointers ? 0 : index - direct_pointers + 1;
    content->pointers[index] = store_below(content, node, first, level);
    first += (u64)1 << level * layout.pointer_shift;
  }
}
