/** A command that compares no names, whatever its URLs are. That is told by other rules. */
export function isUncheckedCommand(command: string): boolean {
  return /(?:^|\s)(?:-[a-jl-zA-Z]*k[a-zA-Z]*|--insecure|--no-check-certificate|--no-check-hostname|--skip-verify|--tls-?insecure|--sslAllowInvalid\w*|--tlsAllowInvalid\w*)(?=\s|$|=)/.test(
    command,
  );
}

/** Whether a variable switches the check of names off, or the whole of verification. */
export function switchesCheckOff(name: string, value: string): boolean {
  if (/INSECURE|SKIP_?(?:TLS|SSL)?_?VERIF|DISABLE_?(?:TLS|SSL)_?VERIF|ALLOW_SELF_SIGNED/i.test(name)) {
    return /^(?:1|true|yes|on)$/i.test(value);
  }
  if (
    /REJECT_?UNAUTHORIZED|(?:TLS|SSL|CERTS?|PEER|HOST|HOSTNAME)_?VERIFY|VERIFY_?(?:TLS|SSL|CERT|PEER|HOST)|CHECK_HOSTNAME/i.test(
      name,
    )
  ) {
    return /^(?:0|false|no|off|none)$/i.test(value);
  }
  return /VERIFICATION_?MODE/i.test(name) && /^(?:none|certificate)$/i.test(value);
}
