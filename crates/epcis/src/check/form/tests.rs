//! Forms of texts, each with what is just outside it.

use super::*;

fn check(fits: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
    for text in good {
        assert!(fits(text), "{text:?} must fit");
    }
    for text in bad {
        assert!(!fits(text), "{text:?} must not fit");
    }
}

#[test]
fn uris() {
    check(
        is_uri,
        &[
            "a:",
            "urn:epc:id:sgtin:0614141.107346.2017",
            "urn:epc:idpat:sgtin:4012345.098765.*",
            "ext:name",
            "ext.-+1:name/a?b?c/d#e/f?g",
            "mailto:x@y",
            "a:%2f",
            "file:///x",
            "http://",
            "http://h:80/x",
            "http://h:/x",
            "http://u:p@h/x",
            "http://[::1]:80/x",
            "http://u@[1:2:3:4:5:6:7.8.9.1]",
            "http://[v1.a:b]/",
            "geo:47.506694,11.104301",
            "ni:///sha-256;df7bb3c352fef055578554f09f5e2aa41782150ced7bd0b8af24dd3ccb30ba69?ver=CBV2.0",
        ],
        &[
            "",
            "word",
            ":a",
            "1a:b",
            "a_b:c",
            "é:a",
            "a b:c",
            "a:b c",
            "a:é",
            "a:%2",
            "a:%zz",
            "a:b^c",
            "a:[b]",
            "a:#b#c",
            "http://a@b@c/",
            "http://a:8x/",
            "http://a:8:8/",
            "http://[::1",
            "http://[::1]x/",
            "http://[::1%25eth0]/",
            "http://[1:2:3]/",
            "http://[v.a]/",
            "http://[v1.]/",
            "https://例/x",
            "a:b\n",
        ],
    );
}

#[test]
fn times() {
    check(
        is_date_time,
        &[
            "2020-01-01T00:00:00Z",
            "2020-02-29t23:59:59.1z",
            "2020-01-01T00:00:00.123456789012+14:00",
            "2016-12-31T23:59:60Z",
            "2017-01-01T07:59:60+08:00",
            "2016-12-31T22:59:60.5-01:00",
            "0000-12-31T00:00:00-23:59",
        ],
        &[
            "",
            "2020-01-01",
            "2020-01-01T00:00:00",
            "2020-01-01 00:00:00Z",
            "2021-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2020-04-31T00:00:00Z",
            "2020-13-01T00:00:00Z",
            "2020-00-01T00:00:00Z",
            "2020-01-00T00:00:00Z",
            "2020-1-01T00:00:00Z",
            "+020-01-01T00:00:00Z",
            "2020-01-01T24:00:00Z",
            "2020-01-01T00:60:00Z",
            "2020-01-01T00:00:61Z",
            "2020-01-01T00:00:60Z",
            "2017-01-01T23:59:60+08:00",
            "2020-01-01T00:00Z",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00,5Z",
            "2020-01-01T00:00:00+0100",
            "2020-01-01T00:00:00+24:00",
            "2020-01-01T00:00:00+01:60",
            "2020-01-01T00:00:00+01:00 ",
            "2020-01-01T00:00:00é",
        ],
    );
    check(
        is_offset,
        &["+00:00", "-00:00", "+02:00", "-13:59", "+14:00", "-14:00"],
        &["Z", "z", "02:00", "+2:00", "+14:01", "+15:00", "+13:60", "+0200", "+02:00Z", "±02:0", ""],
    );
}

#[test]
fn short_forms() {
    check(is_version, &["2", "2.0", "2.0.1"], &["", ".", "2.", ".0", "2..0", "v2", "2.0 "]);
    check(is_hex, &["f", "00fF"], &["", "0g", "0x1"]);
    check(is_unit, &["KGM", "E37", "EA", "23"], &["", "K", "KGMM", "kg", "K M", "é"]);
}

#[test]
fn words_of_gs1_are_reserved_where_gs1_says_so() {
    for uri in ["urn:epcglobal:cbv:bizstep:shipping", "http://ns.gs1.org/cbv/x", "https://ns.gs1.org/cbv/"] {
        assert!(is_reserved(Vocabulary::BizStep, uri), "{uri}");
        assert!(!is_reserved(Vocabulary::Measurement, uri), "{uri}");
    }
    for uri in ["http://gs1.org/voc/Speed", "https://www.gs1.org/voc/Speed"] {
        assert!(is_reserved(Vocabulary::Alert, uri), "{uri}");
        assert!(!is_reserved(Vocabulary::Component, uri), "{uri}");
    }
    for uri in ["https://ref.gs1.org/cbv/BizStep-shipping", "cbv:BizStep-x", "gs1:Speed", "https://example.com/voc/"] {
        assert!(Vocabulary::ALL.iter().all(|kind| !is_reserved(*kind, uri)), "{uri}");
    }
}

#[test]
fn keys_of_gs1_are_told_from_other_uris() {
    check(
        is_gs1_key,
        &[
            "urn:epc:id:sgtin:0614141.107346.2017",
            "urn:epc:class:lgtin:4012345.012345.998877",
            "urn:epc:idpat:sgtin:4012345.098765.*",
            "https://id.gs1.org/01/09521100000017",
        ],
        &[
            "urn:epc:id:usdod:2S194.12345678901",
            "urn:epc:id:adi:2S194..12345678901",
            "urn:epc:id:bic:CSQU3054383",
            "urn:epc:raw:64.x00001234DEADBEEF",
            "urn:epcglobal:cbv:bt:0614141073467:1152",
            "https://example.com/01/09521100000017",
            "https://id.gs1.org.example.com/01/1",
        ],
    );
}
