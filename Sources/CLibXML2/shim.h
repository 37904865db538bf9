// Left out of what Swift sees of libxml2: ICU's own types, of which Foundation brings another version along. They stand in
// structs that are only pointed to.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
