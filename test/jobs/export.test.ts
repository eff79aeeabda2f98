// export: which volumes are laid out afresh, and which bytes are copied.
import { expect, test } from 'vitest';
import { job as createDisk } from '../../jobs/create-disk.ts';
import { job } from '../../jobs/export.ts';
import { job as format } from '../../jobs/format.ts';
import { blank, formatted, twoPartitions } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);

test('afresh wherever possible, on a disk of its own', () => {
  const { effects, script } = guestWork(job, { disk: 'main', as: 'main.img' }, world);
  expect(effects).toMatchInlineSnapshot(`
    {
      "artifacts": [
        {
          "at": [
            "as",
          ],
          "from": {
            "disk": "export-748f0ef8",
            "kind": "disk",
            "of": "main",
          },
          "name": "main.img",
        },
      ],
      "notes": [
        "main:1 is laid out afresh, unless its boot sector or its features are no longer those that vmb gave it",
        "main:2 is laid out afresh, unless its boot sector or its features are no longer those that vmb gave it",
      ],
      "onlyReads": true,
      "ownDisks": [
        {
          "name": "export-748f0ef8",
          "regions": [
            {
              "lengthBytes": 41943040,
              "name": "export-748f0ef8-volume1",
              "offsetBytes": 1048576,
            },
            {
              "lengthBytes": 90177536,
              "name": "export-748f0ef8-volume2",
              "offsetBytes": 42991616,
            },
          ],
          "sizeBytes": 134217728,
        },
      ],
      "title": "export main as main.img",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "copy() {
      dd if='/dev/vmb/main' of='/dev/vmb/export-748f0ef8' bs=1M skip="$1" seek="$1" count="$2" \\
        iflag=skip_bytes,count_bytes,fullblock oflag=seek_bytes conv=notrunc,sparse status=none
    }
    rm -f '/tmp/blank'
    truncate -s 41943040 '/tmp/blank'
    mkfs.fat '-F' '32' '-I' '--invariant' '-i' 'faae9ce8' '--mbr=n' '-M' '0xf8' '-D' '0x80' '-S' '512' '-s' '1' '-R' '32' '-f' '2' '-b' '6' '-g' '64/32' '-h' '2048' '-n' 'ESP' '/tmp/blank' > /dev/null
    {
      dd if='/tmp/blank' bs=1 count=65 2> /dev/null | sha256sum
    dd if='/tmp/blank' bs=1 skip=66 count=446 2> /dev/null | sha256sum
    dd if='/tmp/blank' bs=512 skip=2 count=30 2> /dev/null | sha256sum
    } > /tmp/as-planned
    {
      dd if='/dev/vmb/main-part1' bs=1 count=65 2> /dev/null | sha256sum
    dd if='/dev/vmb/main-part1' bs=1 skip=66 count=446 2> /dev/null | sha256sum
    dd if='/dev/vmb/main-part1' bs=512 skip=2 count=30 2> /dev/null | sha256sum
    } > /tmp/as-found || true
    rm -f '/tmp/blank'
    keep1=
    if ! cmp -s /tmp/as-planned /tmp/as-found; then
      keep1='because its boot sector or its features are no longer those that vmb gave it'
      copy 1048576 41943040
    fi
    rm -f '/tmp/blank'
    truncate -s 90177536 '/tmp/blank'
    mke2fs '-q' '-F' '-t' 'ext4' '-O' 'none,has_journal,ext_attr,resize_inode,dir_index,sparse_super,large_file,filetype,extent,64bit,flex_bg,huge_file,dir_nlink,extra_isize,metadata_csum' '-I' '256' '-b' '4096' '-i' '4096' '-m' '5' '-e' 'continue' '-L' '' '-U' '92c2cf4d-7d17-8c4f-8ac8-7c3bcf3a4ebc' '-E' 'hash_seed=f4101bd9-7c8e-8642-bd70-09de1971ee34,root_owner=0:0,nodiscard,assume_storage_prezeroed=1' '/tmp/blank' 22016
    {
      head -c 1024 '/tmp/blank' | sha256sum
    dumpe2fs -h '/tmp/blank' 2>/dev/null | grep -E '^(Filesystem (volume name|UUID|features|flags|revision #)|Default (mount options|directory hash)|Errors behavior|Directory Hash Seed|Maximum mount count|Check interval|(Inode|Block|Reserved block) count|First (block|inode)|Block size|Fragment size|Group descriptor size|Reserved GDT blocks|(Blocks|Fragments|Inodes) per group|Inode blocks per group|Flex block group size|Inode size|(Required|Desired) extra isize|Reserved blocks (uid|gid)|Journal (inode|backup)|Checksum type):'
    } > /tmp/as-planned
    {
      head -c 1024 '/dev/vmb/main-part2' | sha256sum
    dumpe2fs -h '/dev/vmb/main-part2' 2>/dev/null | grep -E '^(Filesystem (volume name|UUID|features|flags|revision #)|Default (mount options|directory hash)|Errors behavior|Directory Hash Seed|Maximum mount count|Check interval|(Inode|Block|Reserved block) count|First (block|inode)|Block size|Fragment size|Group descriptor size|Reserved GDT blocks|(Blocks|Fragments|Inodes) per group|Inode blocks per group|Flex block group size|Inode size|(Required|Desired) extra isize|Reserved blocks (uid|gid)|Journal (inode|backup)|Checksum type):'
    } > /tmp/as-found || true
    rm -f '/tmp/blank'
    keep2=
    if ! cmp -s /tmp/as-planned /tmp/as-found; then
      keep2='because its boot sector or its features are no longer those that vmb gave it'
      copy 42991616 90177536
    fi
    copy 0 1048576
    copy 133169152 1048576
    blockdev --flushbufs '/dev/vmb/export-748f0ef8'
    lay_out_1() {
      rm -rf /tmp/layout
    mkdir -p /tmp/layout/groups
    echo 'default_codepage=437' > /tmp/layout/mtoolsrc
    export MTOOLSRC=/tmp/layout/mtoolsrc
    touch -d "@$((SOURCE_DATE_EPOCH - SOURCE_DATE_EPOCH % 2 - 1))" /tmp/layout/before-epoch
    mkfs.fat '-F' '32' '-I' '--invariant' '-i' 'faae9ce8' '--mbr=n' '-M' '0xf8' '-D' '0x80' '-S' '512' '-s' '1' '-R' '32' '-f' '2' '-b' '6' '-g' '64/32' '-h' '2048' '-n' 'ESP' '/dev/vmb/export-748f0ef8-volume1' > /dev/null
    cd '/mnt/source'
    find . -mindepth 1 -xdev -type d | sort > /tmp/layout/folders
    find . -xdev -type f | sort > /tmp/layout/files
    find . -xdev -type f -newer /tmp/layout/before-epoch | sort > /tmp/layout/later
    find . -xdev -type f ! -perm -200 | sort > /tmp/layout/read-only
    awk '
      FILENAME ~ /later$/ { later[$0] = 1; next }
      {
        folder = $0
        sub(/\\/[^\\/]*$/, "", folder)
        times = ($0 in later) ? "-n" : "-m"
        if (folder != last_folder || times != last_times) {
          if (list != "") close(list)
          list = "/tmp/layout/groups/" ++count
          target = "::" substr(folder, 2) "/"
          gsub(/\\[/, "[[]", target)
          print times > list
          print target > list
        }
        print > list
        last_folder = folder
        last_times = times
      }
    ' /tmp/layout/later /tmp/layout/files
    awk '{
      base = match($0, /\\/[^\\/]*$/)
      parent = substr($0, 2, base - 2)
      gsub(/\\[/, "[[]", parent)
      print "::" parent substr($0, base)
    }' /tmp/layout/folders | tr '\\n' '\\0' | xargs -0 -r mmd -i '/dev/vmb/export-748f0ef8-volume1' 2>> /tmp/layout/complaints || trouble=mmd
    group=1
    while [ -f "/tmp/layout/groups/$group" ]; do
      {
        read -r times
        read -r target
        tr '\\n' '\\0' | xargs -0 sh -c 'device=$1 times=$2 target=$3; shift 3; exec mcopy -i "$device" "$times" "$@" "$target"' \\
          sh '/dev/vmb/export-748f0ef8-volume1' "$times" "$target" 2>> /tmp/layout/complaints || trouble=mcopy
      } < "/tmp/layout/groups/$group"
      group=$((group + 1))
    done
    sed 's,\\[,[[],g; s,^\\.,::,' /tmp/layout/read-only | tr '\\n' '\\0' | xargs -0 -r mattrib -i '/dev/vmb/export-748f0ef8-volume1' +r 2>> /tmp/layout/complaints || trouble=mattrib
    { find . -xdev -type d | sort; find . -xdev -type f | sort | tr '\\n' '\\0' | xargs -0 -r stat -c '%s %n'; } > /tmp/layout/before
    vmb_mount '/dev/vmb/export-748f0ef8-volume1' /mnt/fresh vfat ro,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1
    cd /mnt/fresh
    { find . -xdev -type d | sort; find . -xdev -type f | sort | tr '\\n' '\\0' | xargs -0 -r stat -c '%s %n'; } > /tmp/layout/after
    cd /
    umount /mnt/fresh
    if [ -n "$trouble" ]; then
      # Of block devices mtools says that they have no geometry, and goes on.
      sed 's/Could not get geometry of device ([^)]*)//g' /tmp/layout/complaints
      trouble="because $trouble could not write all of its content; most likely that does not fit when it is laid out afresh"
    elif ! cmp -s /tmp/layout/before /tmp/layout/after; then
      diff /tmp/layout/before /tmp/layout/after | sed -n '4,13p'
      trouble='because mtools cannot write some of its names'
    fi
    }
    if [ -z "$keep1" ]; then
      trouble=
      vmb_mount '/dev/vmb/main-part1' '/mnt/source' 'vfat' 'ro,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
      lay_out_1
      umount /mnt/source
      keep1=$trouble
      if [ -n "$trouble" ]; then
        dd if='/dev/vmb/main-part1' of='/dev/vmb/export-748f0ef8-volume1' bs=1M conv=notrunc status=none
      fi
    fi
    if [ -z "$keep1" ]; then
      vmb_fact 'layout.main.1' fresh
    else
      vmb_fact 'layout.main.1' "kept, $keep1"
      touch -d "@$SOURCE_DATE_EPOCH" /tmp/epoch
    vmb_mount '/dev/vmb/export-748f0ef8-volume1' '/mnt/kept' 'vfat' 'ro,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    find '/mnt/kept' -xdev '(' -newer /tmp/epoch -o -anewer /tmp/epoch -o -cnewer /tmp/epoch ')' -print0 > /tmp/touched
    find '/mnt/kept' -xdev -newer /tmp/epoch -print0 > /tmp/later
    umount '/mnt/kept'
    if [ -s /tmp/touched ]; then
      vmb_mount '/dev/vmb/export-748f0ef8-volume1' '/mnt/kept' 'vfat' 'rw,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
      date -u -s "@$SOURCE_DATE_EPOCH" > /dev/null
      xargs -0 -r touch -h -a -d "@$SOURCE_DATE_EPOCH" < /tmp/touched
      xargs -0 -r touch -h -m -d "@$SOURCE_DATE_EPOCH" < /tmp/later
      umount '/mnt/kept'
    fi
    fi
    lay_out_2() {
      rm -rf /tmp/layout
    mkdir -p /tmp/layout/values
    cd /tmp/layout
    mke2fs '-q' '-F' '-t' 'ext4' '-O' 'none,has_journal,ext_attr,resize_inode,dir_index,sparse_super,large_file,filetype,extent,64bit,flex_bg,huge_file,dir_nlink,extra_isize,metadata_csum' '-I' '256' '-b' '4096' '-i' '4096' '-m' '5' '-e' 'continue' '-L' '' '-U' '92c2cf4d-7d17-8c4f-8ac8-7c3bcf3a4ebc' '-E' 'hash_seed=f4101bd9-7c8e-8642-bd70-09de1971ee34,root_owner=0:0,nodiscard,assume_storage_prezeroed=1' -d '/mnt/source' '/dev/vmb/export-748f0ef8-volume2' 22016 > mke2fs 2>&1 || {
      cat mke2fs
      trouble='because its content does not fit when it is laid out afresh'
      cd /
      return 0
    }
    touch -d "@$SOURCE_DATE_EPOCH" /tmp/epoch
    (cd '/mnt/source' && find . -xdev -newer /tmp/epoch -print0) > later-names
    vmb_mount '/dev/vmb/export-748f0ef8-volume2' /mnt/fresh 'ext4' 'ro,noload'
    (cd /mnt/fresh && xargs -0 -r stat -c %i) < later-names > later
    umount /mnt/fresh
    dumpe2fs '/dev/vmb/export-748f0ef8-volume2' 2> /dev/null | awk '
      /^Inodes per group:/ { size = $4 }
      /^Group [0-9]+:/ { group = $2 + 0; next_one = group * size + 1 }
      /^  Free inodes:/ {
        end = (group + 1) * size
        sub(/^  Free inodes: */, "")
        count = split($0, ranges, ", *")
        for (i = 1; i <= count; i++) {
          split(ranges[i], bounds, "-")
          if (bounds[1] == "") continue
          while (next_one < bounds[1] + 0) used(next_one++)
          next_one = (bounds[2] == "" ? bounds[1] : bounds[2]) + 1
        }
        while (next_one <= end) used(next_one++)
      }
      # Below 11 lie the filesystem itself and, as 2, its root folder.
      function used(inode) { if (inode == 2 || inode >= 11) print inode }
    ' > inodes
    sed 's/.*/ea_list <&>/' inodes > questions
    debugfs -f questions '/dev/vmb/export-748f0ef8-volume2' 2> /dev/null | awk '
      /^debugfs: ea_list </ { inode = $3; gsub(/[<>]/, "", inode) }
      /^  / && match($0, / \\([0-9]+\\)( = |$)/) {
        name = substr($0, 3, RSTART - 3)
        gsub(/\\\\"/, "\\"\\"", name)
        gsub(/\\\\\\\\/, "\\\\", name)
        print inode "\\t\\"" name "\\""
      }
    ' | sort -t "$(printf '\\t')" -k 1,1n -k 2,2 | awk -F '\\t' '
      $1 != inode { flush(); inode = $1; count = 0 }
      { names[++count] = $2 }
      END { flush() }
      function flush(   i) {
        if (count < 2) return
        for (i = 1; i <= count; i++) print "ea_get -r -f values/" inode "." i " <" inode "> " names[i]
        for (i = 1; i <= count; i++) print "ea_rm <" inode "> " names[i]
        for (i = 1; i <= count; i++) print "ea_set -r -f values/" inode "." i " <" inode "> " names[i]
      }
    ' > changes
    {
      awk -v "time=@$SOURCE_DATE_EPOCH" '{ print "sif <" $1 "> atime " time; print "sif <" $1 "> ctime " time }' inodes
      awk -v "time=@$SOURCE_DATE_EPOCH" '{ print "sif <" $1 "> mtime " time }' later
      stat -c '%f %u %g %Y' '/mnt/source' | {
      read -r mode uid gid mtime
      [ "$mtime" -le "$SOURCE_DATE_EPOCH" ] || mtime=$SOURCE_DATE_EPOCH
      printf 'sif <2> %s\\n' "mode 0x$mode" "uid $uid" "gid $gid" "mtime @$mtime"
    }
    [ -d '/mnt/source/lost+found' ] || echo 'rmdir lost+found'
    } >> changes
    printf '%s\\n' 'ssv kbytes_written 1' 'close -a' > last-changes
    debugfs -w -f changes '/dev/vmb/export-748f0ef8-volume2' > /dev/null 2> complaints
    debugfs -w -f last-changes '/dev/vmb/export-748f0ef8-volume2' > /dev/null 2>> complaints
    if grep -v '^debugfs [0-9]' complaints; then
      trouble='because debugfs could not even out its times and attributes'
    fi
    cd /
    }
    if [ -z "$keep2" ]; then
      trouble=
      vmb_mount '/dev/vmb/main-part2' '/mnt/source' 'ext4' 'ro'
      lay_out_2
      umount /mnt/source
      keep2=$trouble
      if [ -n "$trouble" ]; then
        dd if='/dev/vmb/main-part2' of='/dev/vmb/export-748f0ef8-volume2' bs=1M conv=notrunc status=none
      fi
    fi
    if [ -z "$keep2" ]; then
      vmb_fact 'layout.main.2' fresh
    else
      vmb_fact 'layout.main.2' "kept, $keep2"
      touch -d "@$SOURCE_DATE_EPOCH" /tmp/epoch
    vmb_mount '/dev/vmb/export-748f0ef8-volume2' /mnt/kept 'ext4' 'ro,noload'
    find '/mnt/kept' -xdev '(' -newer /tmp/epoch -o -anewer /tmp/epoch -o -cnewer /tmp/epoch ')' -print0 | xargs -0 -r stat -c '%i %X %Y %Z' > /tmp/times
    umount /mnt/kept
    awk -v "epoch=$SOURCE_DATE_EPOCH" '
      BEGIN { split("atime mtime ctime", names) }
      function set(name) { print "sif <" $1 "> " name " @" epoch; print "sif <" $1 "> " name "_extra 0" }
      { for (i = 1; i <= 3; i++) if ($(i + 1) >= epoch) set(names[i]); set("crtime") }
    ' /tmp/times > /tmp/changes
    if [ -s /tmp/changes ]; then
      echo 'close -a' >> /tmp/changes
      debugfs -w -f /tmp/changes '/dev/vmb/export-748f0ef8-volume2' > /dev/null 2> /tmp/complaints
      if grep -v '^debugfs [0-9]' /tmp/complaints; then
        vmb_fail 'debugfs could not even out the times of a filesystem that is kept.'
      fi
    fi
    fi
    "
  `);
});

test('kept as it is: one copy of everything', () => {
  const { effects, script } = guestWork(job, { disk: 'main', as: 'main.img', layout: 'keep' }, world);
  expect(effects.notes).toMatchInlineSnapshot(`
    [
      "main:1 is kept as it is, but for times later than the epoch, which become the epoch, because the build file says so",
      "main:2 is kept as it is, but for times later than the epoch, which become the epoch, because the build file says so",
    ]
  `);
  expect(effects.ownDisks?.[0]?.regions?.map(({ name }) => name)).toEqual([
    'export-748f0ef8-volume1',
    'export-748f0ef8-volume2',
  ]);
  expect(script).toMatchInlineSnapshot(`
    "copy() {
      dd if='/dev/vmb/main' of='/dev/vmb/export-748f0ef8' bs=1M skip="$1" seek="$1" count="$2" \\
        iflag=skip_bytes,count_bytes,fullblock oflag=seek_bytes conv=notrunc,sparse status=none
    }
    copy 0 134217728
    blockdev --flushbufs '/dev/vmb/export-748f0ef8'
    touch -d "@$SOURCE_DATE_EPOCH" /tmp/epoch
    vmb_mount '/dev/vmb/export-748f0ef8-volume1' '/mnt/kept' 'vfat' 'ro,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    find '/mnt/kept' -xdev '(' -newer /tmp/epoch -o -anewer /tmp/epoch -o -cnewer /tmp/epoch ')' -print0 > /tmp/touched
    find '/mnt/kept' -xdev -newer /tmp/epoch -print0 > /tmp/later
    umount '/mnt/kept'
    if [ -s /tmp/touched ]; then
      vmb_mount '/dev/vmb/export-748f0ef8-volume1' '/mnt/kept' 'vfat' 'rw,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
      date -u -s "@$SOURCE_DATE_EPOCH" > /dev/null
      xargs -0 -r touch -h -a -d "@$SOURCE_DATE_EPOCH" < /tmp/touched
      xargs -0 -r touch -h -m -d "@$SOURCE_DATE_EPOCH" < /tmp/later
      umount '/mnt/kept'
    fi
    touch -d "@$SOURCE_DATE_EPOCH" /tmp/epoch
    vmb_mount '/dev/vmb/export-748f0ef8-volume2' /mnt/kept 'ext4' 'ro,noload'
    find '/mnt/kept' -xdev '(' -newer /tmp/epoch -o -anewer /tmp/epoch -o -cnewer /tmp/epoch ')' -print0 | xargs -0 -r stat -c '%i %X %Y %Z' > /tmp/times
    umount /mnt/kept
    awk -v "epoch=$SOURCE_DATE_EPOCH" '
      BEGIN { split("atime mtime ctime", names) }
      function set(name) { print "sif <" $1 "> " name " @" epoch; print "sif <" $1 "> " name "_extra 0" }
      { for (i = 1; i <= 3; i++) if ($(i + 1) >= epoch) set(names[i]); set("crtime") }
    ' /tmp/times > /tmp/changes
    if [ -s /tmp/changes ]; then
      echo 'close -a' >> /tmp/changes
      debugfs -w -f /tmp/changes '/dev/vmb/export-748f0ef8-volume2' > /dev/null 2> /tmp/complaints
      if grep -v '^debugfs [0-9]' /tmp/complaints; then
        vmb_fail 'debugfs could not even out the times of a filesystem that is kept.'
      fi
    fi
    "
  `);
});

test('one volume afresh or not at all, the other kept', () => {
  const options = { disk: 'main', as: 'main.img', layout: { 'main:1': 'keep', 'main:2': 'fresh' } };
  const { effects, script } = guestWork(job, options, world);
  expect(effects.notes).toMatchInlineSnapshot(`
    [
      "main:1 is kept as it is, but for times later than the epoch, which become the epoch, because the build file says so",
      "main:2 is laid out afresh",
    ]
  `);
  expect(effects.ownDisks?.[0]?.regions).toEqual([
    { name: 'export-748f0ef8-volume1', offsetBytes: 1_048_576, lengthBytes: 41_943_040 },
    { name: 'export-748f0ef8-volume2', offsetBytes: 42_991_616, lengthBytes: 90_177_536 },
  ]);
  expect(script.match(/^ *(copy|vmb_fail) .*$/gm)).toMatchInlineSnapshot(`
    [
      "  vmb_fail 'main:2 cannot be laid out afresh, '"$keep2; "'write layout = "keep" for it'",
      "copy 0 42991616",
      "copy 133169152 1048576",
      "    vmb_fail 'main:2 cannot be laid out afresh, '"$keep2; "'write layout = "keep" for it'",
    ]
  `);
});

test('a disk that is one filesystem', () => {
  const whole = worldAfter(...blank, [format, { volume: 'main', type: 'ext4' }]);
  const { effects, script } = guestWork(job, { disk: 'main', as: 'main.img' }, whole);
  expect(effects.ownDisks?.[0]?.regions).toEqual([]);
  expect(script).not.toMatch(/^copy /m);
  expect(script).toContain("vmb_fact 'layout.main' fresh");
});

test('a blank disk', () => {
  const { effects, script } = guestWork(job, { disk: 'main', as: 'main.img' }, worldAfter(...blank));
  expect(effects.notes).toEqual([]);
  expect(script).toContain('copy 0 134217728\n');
});

test.each([
  [{ disk: 'mian', as: 'x' }],
  [{ disk: 'main', as: 'x', layout: 'new' }],
  [{ disk: 'main', as: 'x', layout: { 'main:1': 'new' } }],
  [{ disk: 'main', as: 'x', layout: { 'main:9': 'keep' } }],
  [{ disk: 'main', as: 'x', layout: { 'other:1': 'keep' } }],
])('refuses %j', (options) => {
  expect(
    mistakeIn(job, options, worldAfter(...formatted, [createDisk, { disk: 'other', size: '1MiB' }])),
  ).toMatchSnapshot();
});

test('refuses a layout for what has no filesystem', () => {
  const options = { disk: 'main', as: 'x', layout: { 'main:1': 'fresh' } };
  expect(mistakeIn(job, options, worldAfter(...twoPartitions))).toMatchInlineSnapshot(
    `"layout.main:1: "main:1" is copied as it is, because no step before this one formats it; leave it out"`,
  );
});

test.each([
  ['raw.gz', 'd.img.gz', false, 'gzip -n -6'],
  ['raw.xz', 'd.img.xz', true, 'xz -6 -T 1 -c'],
  ['raw.zst', 'd.img.zst', true, 'zstd -q -9 --single-thread -c'],
])('%s is made in the guest', (format, as, tools, program) => {
  const { effects, script } = guestWork(job, { disk: 'main', as, format }, world);
  const own = effects.ownDisks?.[0]?.name ?? '';
  expect(effects.artifacts?.[0]?.from).toEqual({
    kind: 'payload',
    payload: 'image',
    compressed: { disk: own, format },
  });
  expect(effects.tools ?? false).toBe(tools);
  const devices = ['-volume1', '-volume2', ''].map((name) => `'/dev/vmb/${own}${name}'`);
  expect(script.trimEnd().split('\n').slice(-2)).toEqual([
    `blockdev --flushbufs ${devices.join(' ')}`,
    `vmb_payload_out image ${program} < '/dev/vmb/${own}'`,
  ]);
});

test.each(['qcow2', 'vhdx', 'vhd', 'vmdk', 'vdi'])('%s is made on the host of a raw disk', (format) => {
  const { effects, script } = guestWork(job, { disk: 'main', as: `d.${format}`, format }, world);
  const raw = guestWork(job, { disk: 'main', as: `d.${format}`, format }, world);
  expect(effects.artifacts?.[0]?.from).toEqual({ kind: 'disk', disk: effects.ownDisks?.[0]?.name, of: 'main', format });
  expect(effects.title).toBe(`export main as d.${format} in the format ${format}`);
  expect(script).toBe(raw.script);
});

test.each([
  [{ as: 'd.qcow2' }],
  [{ as: 'd.img.gz' }],
  [{ as: 'd.vhdx', format: 'vhd' }],
  [{ as: 'd.img', format: 'vdmk' }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, { disk: 'main', ...options }, world)).toMatchSnapshot();
});

test('a vhd holds 2040 GiB', () => {
  const large = worldAfter([createDisk, { disk: 'main', size: '2041GiB' }]);
  expect(mistakeIn(job, { disk: 'main', as: 'd.vhd', format: 'vhd' }, large)).toMatchSnapshot();
});
