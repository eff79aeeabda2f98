// A build.xml with every job of vm-builder that vmb has, as its reference and its examples write them.

export const sample = `<?xml version="1.0" encoding="UTF-8"?>
<build>
  <build-vm arch="x86_64" name="alpine" version="3.20" hash-algorithm="sha256" hash="0123"/>
  <target-vm arch="amd64" name="linux-busybox" version="2024-07-30" hash-algorithm="" hash=""/>
  <jobs>
    <create-disk size="128M"/>
    <label type="mbr"/>
    <partition type="primary" start="1M" size="64M"/>
    <partition type="extended" start="0" size="100%"/>
    <partition type="logical" size="rest"/>
    <format partition="1" type="ext4" label="root" uuid=""/>
    <format partition="5" type="vfat"/>
    <copy-in source="./files/motd" partition="1" destination="/etc/motd" mode="0600"/>
    <run partition="1" command="echo &quot;$HOME \${x}&quot; &gt; /mnt/etc/x"/>
    <run><![CDATA[
      true && true
    ]]></run>
    <hash partition="1" path="/etc/motd" hash-algorithm="SHA-256"/>
    <remove partition="1" path="/etc/x"/>
    <tar-out partition="1" source="/" destination="out/root.tar"/>
    <tar-in source="files/a.tar" partition="1" destination="/srv"/>
    <copy-out partition="1" source="/etc" destination="etc"/>
    <dd source="files/motd" length="5"/>
    <export path="images/busybox.img" type="raw"/>
    <diff/>
  </jobs>
</build>
`;

export const sampleFiles = { 'files/motd': 'hello\n', 'files/a.tar': '' };
