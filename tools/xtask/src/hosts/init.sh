#!/bin/sh
# The first process of a host: makes the host's own root file system and becomes its sshd.
#
# FOLDER holds what is this host's own (nothing of it outlives the host), STATE what all hosts share,
# LAYER a folder laid over the host's root (or nothing), SHARES lines `source target`.
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=0755 host "$FOLDER"
cd "$FOLDER"
mkdir upper work root home tmp
mount -t overlay host -o "lowerdir=/,upperdir=$FOLDER/upper,workdir=$FOLDER/work" root
cd root

# By its top folders: a folder that lies below `/` cannot be a layer beside `/`.
for folder in ${LAYER:+"$LAYER"/*}; do
    name=${folder##*/}
    mkdir "$FOLDER/upper-$name" "$FOLDER/work-$name"
    options=upperdir=$FOLDER/upper-$name,workdir=$FOLDER/work-$name
    mount -t overlay host -o "lowerdir=$folder:/$name,$options" "$name"
done

# Private folders: nothing of the machine's shows through, nothing goes back.
chmod 1777 "$FOLDER/tmp"
mount --bind "$FOLDER/tmp" tmp
mount --bind "$FOLDER/home" .$HOME
mount -t tmpfs -o mode=0755 run run
rm -rf var/lib/mesos var/log/mesos var/tmp/mesos
echo "$SHARES" | while read -r source target; do
    [ -n "$target" ] || continue
    mkdir -p ".$target"
    mount --bind "$source" ".$target"
done

mount -t proc proc proc
mount -t sysfs sysfs sys
[ ! -d /sys/fs/cgroup ] || mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount --rbind /dev dev

hostname "$NAME"
rm -f etc/hosts etc/hostname etc/resolv.conf
cp "$STATE/hosts" etc/hosts
echo "$NAME" > etc/hostname
: > etc/resolv.conf

# Two people may log in: root, and `ops`, who may become root by sudo.
echo 'ops:x:2000:2000::/home/ops:/bin/sh' >> etc/passwd
echo 'ops:x:2000:' >> etc/group
echo 'ops:*:19000:0:99999:7:::' >> etc/shadow
mkdir -p home/ops
echo 'ops ALL=(ALL) NOPASSWD: ALL' > etc/sudoers.d/ops
chmod 0440 etc/sudoers.d/ops
for home in ".$HOME" home/ops; do
    mkdir -m 0700 "$home/.ssh"
    cp "$STATE/id_ed25519" "$STATE/known_hosts" "$home/.ssh"
    cp "$STATE/id_ed25519.pub" "$home/.ssh/authorized_keys"
done
chown -R 2000:2000 home/ops

mkdir -p run/sshd etc/ssh
cp "$STATE/hostkey" etc/ssh/mesos_hosts_key
cp "$STATE/sshd_config" etc/ssh/mesos_hosts_config

mkdir -p run/machine
pivot_root . run/machine
umount -l /run/machine
rmdir /run/machine
exec chroot . /usr/sbin/sshd -D -e -f /etc/ssh/mesos_hosts_config </dev/null
