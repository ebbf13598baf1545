import { describe, expect, it } from 'vitest';
import { isPublicAddress, judgeUrl } from '#domain/publicAddress.ts';

describe('an address of the public internet', () => {
  it.each(['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '2000::1', '2001:200::1', '2606:4700::1111', '2a00:1450:4001:806::200e'])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(['0.255.255.255', '10.0.0.0', '100.64.0.0', '100.127.255.255', '127.255.255.255', '168.63.129.16', '169.254.0.0', '172.16.0.0', '172.31.255.255', '192.0.0.255', '192.168.255.255', '198.18.0.0', '198.19.255.255', '224.0.0.0', '255.255.255.255', '::', '::1', '::8.8.8.8', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '1fff::1', '2001:db8::1', '2002:808:808::1', '3fff::1', '4000::1', 'fc00::1', 'fe80::1', 'fe80::1%eth0', '2606:4700::1%eth0', 'ff02::1'])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['', 'localhost', 'example.edu', '1.1.1', '1.1.1.1.1', '01.1.1.1', '0x1.1.1.1', '16843009', '1.1.1.1:80', '[2606:4700::1111]', ' 1.1.1.1', '1.1.1.256'])('is none when it is %j', (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });
});

describe('an address that is written', () => {
  it.each([
    ['http://example.edu', 'http://example.edu/'],
    ['https://EXAMPLE.edu:443/a b', 'https://example.edu/a%20b'],
    ['http://bücher.example.edu/', 'http://xn--bcher-kva.example.edu/'],
    ['https://example.edu./', 'https://example.edu./'],
    ['http://1.1.1.1:80/', 'http://1.1.1.1/'],
    ['https://localhost.example.edu/', 'https://localhost.example.edu/'],
    ['http://internal-tools.example.edu/', 'http://internal-tools.example.edu/'],
  ])('%s is read as %s', (written, href) => {
    expect(judgeUrl(written)).toEqual({ url: new URL(href) });
  });

  it('may be relative to another, and is judged as what it becomes', () => {
    const base = new URL('https://example.edu/a/b');
    expect(judgeUrl('../c', base)).toEqual({ url: new URL('https://example.edu/c') });
    expect(judgeUrl('//other.example.edu/', base)).toEqual({ url: new URL('https://other.example.edu/') });
    expect(judgeUrl('//127.1/', base)).toEqual({ fault: 'notPublic' });
    expect(judgeUrl('//8.8.2056/', base)).toEqual({ fault: 'spelling' });
    expect(judgeUrl('/\\169.254.169.254/', base)).toEqual({ fault: 'notPublic' });
    expect(judgeUrl('../c', new URL('http://8.8.8.8/'))).toEqual({ url: new URL('http://8.8.8.8/c') });
  });
});
