const files: Record<string, string> = {
  'ssh-ed25519': 'ssh_host_ed25519_key.pub',
  'ssh-rsa': 'ssh_host_rsa_key.pub',
  'rsa-sha2-256': 'ssh_host_rsa_key.pub',
  'rsa-sha2-512': 'ssh_host_rsa_key.pub',
};

/** What prints the fingerprint of a host key on the machine itself. */
export function keyCommand(type: string): string {
  const file = files[type] ?? (type.startsWith('ecdsa-') ? 'ssh_host_ecdsa_key.pub' : 'ssh_host_*_key.pub');
  return file.includes('*')
    ? `for key in /etc/ssh/${file}; do ssh-keygen -lf "$key"; done`
    : `ssh-keygen -lf /etc/ssh/${file}`;
}
