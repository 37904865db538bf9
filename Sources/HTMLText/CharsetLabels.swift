/// The labels of the web's encodings (encoding.spec.whatwg.org), for those that pages still use.
enum CharsetLabels {
    static let own: [String: String] = [
        "utf-8": "UTF-8", "utf8": "UTF-8", "unicode-1-1-utf-8": "UTF-8", "x-unicode20utf8": "UTF-8",
    ]

    static let named: [String: String] = {
        var named: [String: String] = [:]
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            for label in words.dropFirst() { named[label] = words[0] }
        }
        return named
    }()

    /// iconv's name, then the labels.
    private static let table = """
        WINDOWS-1252 windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 l1 ascii us-ascii cp819 ibm819
        WINDOWS-1250 windows-1250 cp1250 x-cp1250
        WINDOWS-1251 windows-1251 cp1251 x-cp1251
        WINDOWS-1253 windows-1253 cp1253 x-cp1253
        WINDOWS-1254 windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso_8859-9 latin5 l5
        WINDOWS-1255 windows-1255 cp1255 x-cp1255
        WINDOWS-1256 windows-1256 cp1256 x-cp1256
        WINDOWS-1257 windows-1257 cp1257 x-cp1257
        WINDOWS-1258 windows-1258 cp1258 x-cp1258
        CP874 windows-874 dos-874 iso-8859-11 iso8859-11 tis-620
        ISO-8859-2 iso-8859-2 iso8859-2 iso_8859-2 latin2 l2
        ISO-8859-3 iso-8859-3 iso8859-3 latin3
        ISO-8859-4 iso-8859-4 iso8859-4 latin4
        ISO-8859-5 iso-8859-5 iso8859-5 cyrillic
        ISO-8859-6 iso-8859-6 iso8859-6 arabic
        ISO-8859-7 iso-8859-7 iso8859-7 greek
        ISO-8859-8 iso-8859-8 iso8859-8 hebrew iso-8859-8-i
        ISO-8859-10 iso-8859-10 iso8859-10 latin6
        ISO-8859-13 iso-8859-13 iso8859-13
        ISO-8859-14 iso-8859-14 iso8859-14
        ISO-8859-15 iso-8859-15 iso8859-15 iso_8859-15 l9 latin9
        ISO-8859-16 iso-8859-16
        CP866 ibm866 866 cp866
        KOI8-R koi8-r koi8 koi
        KOI8-U koi8-u koi8-ru
        MACINTOSH macintosh mac x-mac-roman
        GB18030 gb18030 gbk gb2312 chinese gb_2312-80 x-gbk
        BIG5-HKSCS big5 big5-hkscs cn-big5 x-x-big5
        EUC-JP euc-jp x-euc-jp
        ISO-2022-JP iso-2022-jp
        CP932 shift_jis shift-jis sjis x-sjis ms_kanji windows-31j
        CP949 euc-kr korean ks_c_5601-1987 windows-949
        UTF-16LE utf-16 utf-16le ucs-2 unicode
        UTF-16BE utf-16be unicodefffe
        """
}
