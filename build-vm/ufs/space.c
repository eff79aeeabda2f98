// Which fragments are free. Whole blocks are taken one after the other; the end of a file goes to the smallest rest of a block that
// has room for it.
#include "mkufs.h"
#include <stdlib.h>
#include <string.h>

/** A byte for each block, a bit for each of its fragments: 1 is free. */
static u8 *free_map;
static u32 next_block;

/** Ends of blocks, by how many free fragments they have. */
static struct {
  u32 *addresses;
  u32 count, room;
} rests[fragments_per_block];

static void keep_rest(u32 address) {
  u32 length = fragments_per_block - address % fragments_per_block;
  if (length == fragments_per_block) return;
  if (rests[length].count == rests[length].room) {
    rests[length].room = 2 * rests[length].room + 64;
    rests[length].addresses = realloc(rests[length].addresses, rests[length].room * sizeof(u32));
    if (rests[length].addresses == NULL) fail(trouble, "there is not enough memory");
  }
  rests[length].addresses[rests[length].count++] = address;
}

static void mark(u32 address, u32 count) {
  free_map[address / fragments_per_block] &= (u8)~(((1U << count) - 1) << address % fragments_per_block);
}

void plan_space(void) {
  u32 blocks = layout.size / fragments_per_block;
  free_map = allocated(blocks);
  memset(free_map, 0xff, blocks);
  for (u32 group = 0; group < layout.groups; group++) {
    // Boot code lies in front of the first superblock.
    u32 begin = group * layout.fragments_per_group + (group == 0 ? 0 : layout.superblock_at);
    u32 end = group * layout.fragments_per_group + layout.data_at;
    memset(free_map + begin / fragments_per_block, 0, (end - begin) / fragments_per_block);
  }
  u32 left = layout.summaries_fragments;
  u32 at = layout.data_at;
  for (; left >= fragments_per_block; left -= fragments_per_block, at += fragments_per_block) mark(at, fragments_per_block);
  mark(at, left);
  if (left > 0) keep_rest(at + left);
}

static u32 take_block(void) {
  u32 blocks = layout.size / fragments_per_block;
  while (next_block < blocks && free_map[next_block] != 0xff) next_block++;
  if (next_block == blocks) fail(no_room, "the content needs more room");
  return next_block++ * fragments_per_block;
}

u32 take_fragments(u32 count) {
  u32 length = count;
  while (length < fragments_per_block && rests[length].count == 0) length++;
  u32 address = length == fragments_per_block ? take_block() : rests[length].addresses[--rests[length].count];
  mark(address, count);
  keep_rest(address + count);
  return address;
}

u8 free_in_block(u32 block) { return free_map[block]; }
