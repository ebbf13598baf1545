/** Addresses that are none of the public web, by why. */
const hostile: Readonly<Record<string, readonly string[]>> = {
  notPublic: [
    'http://127.0.0.1/', 'http://127.8.9.10/', 'https://127.0.0.1/', 'http://127.1/', 'http://127.0.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://0x7f.0.0.1/', 'http://0177.0.0.1/',
    'http://017700000001/', 'http://0/', 'http://0.0.0.0/', 'http://000.0.0.0/', 'http://10.0.0.1/', 'http://10.255.255.255/', 'http://0xa.0.0.1/', 'http://012.0.0.1/', 'http://172.16.0.1/', 'http://172.31.255.254/',
    'http://192.168.0.1/', 'http://192.168.1/', 'http://0xc0a80001/', 'http://3232235521/', 'http://169.254.169.254/latest/meta-data/', 'http://2852039166/', 'http://0xa9fea9fe/', 'http://169.254.43518/',
    'http://169.254.170.2/v2/credentials', 'http://168.63.129.16/machine', 'http://100.100.100.200/latest/meta-data/', 'http://100.64.0.1/', 'http://100.127.255.255/', 'http://192.0.0.192/opc/v2/', 'http://192.0.2.1/',
    'http://192.88.99.1/', 'http://198.18.0.1/', 'http://198.19.255.255/', 'http://198.51.100.7/', 'http://203.0.113.7/', 'http://224.0.0.1/', 'http://239.255.255.250/', 'http://240.0.0.1/', 'http://255.255.255.255/',
    'http://127.0.0.1./', 'http://１２７.0.0.1/', 'http://127。0。0。1/', 'http://①②⑦.0.0.1/', 'http://%31%32%37.0.0.1/', 'http:127.0.0.1', 'http:/127.0.0.1/', 'http:\\\\127.0.0.1\\', ' http://127.0.0.1/ ', 'ht\ntp://127.0.\t0.1/',
    'http://[::1]/', 'http://[0:0:0:0:0:0:0:1]/', 'http://[::]/', 'http://[::127.0.0.1]/', 'http://[::ffff:127.0.0.1]/', 'http://[::ffff:7f00:1]/', 'http://[0:0:0:0:0:ffff:a9fe:a9fe]/', 'http://[::ffff:8.8.8.8]/',
    'http://[::ffff:0:127.0.0.1]/', 'http://[64:ff9b::127.0.0.1]/', 'http://[64:ff9b::a9fe:a9fe]/', 'http://[64:ff9b:1::10.0.0.1]/', 'http://[2002:7f00:1::]/', 'http://[2002:a9fe:a9fe::1]/', 'http://[2002:c0a8:1::1]/',
    'http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/', 'http://[2001:2::1]/', 'http://[2001:db8::1]/', 'http://[3fff::1]/', 'http://[100::1]/', 'http://[fc00::1]/', 'http://[fd00:ec2::254]/', 'http://[fe80::1]/',
    'http://[febf::1]/', 'http://[fec0::1]/', 'http://[ff02::1]/', 'http://[5f00::1]/', 'http://[4000::1]/',
  ],
  name: ['http://localhost/', 'http://LOCALHOST/', 'http://localhost./', 'http://canary.localhost/', 'http://metadata.google.internal/computeMetadata/v1/', 'http://printer.local/', 'http://intranet/', 'http://postgres/', 'http://router.home.arpa/', 'http://files.corp/', 'http://hidden.onion/', 'http://%6cocalhost/', 'http://ｌocalhost/'],
  credentials: ['http://user@good.example.edu/', 'http://user:word@good.example.edu/', 'http://good.example.edu@127.0.0.1/', 'http://good.example.edu:80@127.0.0.1/', 'http://127.0.0.1#@good.example.edu@10.0.0.1/'.replace('#', '%23'), 'http://good.example.edu%40@127.0.0.1/', 'http://:word@good.example.edu/'],
  port: ['http://good.example.edu:22/', 'http://good.example.edu:8080/', 'http://good.example.edu:443/', 'https://good.example.edu:80/', 'http://127.0.0.1:6379/', 'http://[::1]:5432/', 'http://good.example.edu:0/', 'http://0x7f.1:8233/'],
  scheme: ['file:///etc/passwd', 'ftp://good.example.edu/', 'gopher://127.0.0.1:6379/_INFO', 'data:text/html,hi', 'javascript:alert(1)', 'mailto:olga@example.edu', 'ws://good.example.edu/', 'blob:http://127.0.0.1/x', 'unix:/var/run/docker.sock', 'jar:http://127.0.0.1/!/'],
  malformed: ['', 'good.example.edu', '//good.example.edu/', '/pages/a', 'http://', 'http://[fe80::1%eth0]/', 'http://[fe80::1%25eth0]/', 'http://[::1%lo]/', 'http://[127.0.0.1]/', 'http://256.0.0.1/', 'http://0x100000000/', 'http://127.0.0.0.1/', 'http://good example.edu/', 'http://good.example.edu:99999/', 'http://127.0.0.1:80:80/'],
  spelling: ['http://0x8.8.8.8/', 'http://134744072/', 'http://8.8.2056/', 'http://010.8.8.8/', 'http:0x08080808', 'http://８.8.8.8/'],
};
/** Addresses that must not be asked for, each with why; a host `good.example.edu` in them is public. */
export const hostileAddresses = Object.entries(hostile).flatMap(([why, urls]) => urls.map((url): [string, string] => [url, why]));
